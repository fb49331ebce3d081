import { gatewayCold, startContestant } from '../lib/contestants.mjs';
import { QUERY } from '../lib/query.mjs';
import { simSid } from '../lib/sims.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const SENT_EACH = 6;
const CONNECTIONS = 8;

/** @type {Readonly<Record<string, (index: number) => { query: string, variables: object }>>} */
const FORMS = {
  'literals differ': (index) => ({
    query: QUERY.replace('($sid: ID!, $first: Int!)', '')
      .replace('$sid', JSON.stringify(simSid(index)))
      .replace('$first', '2'),
    variables: {},
  }),
  'names differ': (index) => ({
    query: QUERY.replace('query Sessions', `query Sessions${index}`),
    variables: { sid: simSid(1), first: 2 },
  }),
};

/**
 * What is kept of operations: resident memory after thousands of different documents, each sent several times.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function documents({ documents: count }) {
  const upstream = await startUpstream();
  const rows = [];
  for (const [form, bodyOf] of Object.entries(FORMS)) {
    const gateway = await startContestant(gatewayCold, upstream.url);
    const startMb = gateway.memoryMb();
    let next = 0;
    const send = async () => {
      while (next < count * SENT_EACH) {
        const body = JSON.stringify(bodyOf(Math.floor(next++ / SENT_EACH)));
        const { method, path, headers } = gatewayCold.request(simSid(1), 1);
        const response = await fetch(gateway.url + path, { method, headers, body });
        if (!response.ok) throw new Error(await response.text());
        await response.arrayBuffer();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, send));
    rows.push({ form, count, startMb, endMb: gateway.memoryMb() });
    await gateway.stop();
  }
  await upstream.stop();
  return rows;
}

/** @param {Awaited<ReturnType<typeof documents>>} rows */
export function documentsText(rows) {
  return table(
    ['documents', 'number', 'RSS MB at the start', 'RSS MB at the end'],
    rows.map(({ form, count, startMb, endMb }) => [form, String(count), fixed(startMb), fixed(endMb)]),
  );
}
