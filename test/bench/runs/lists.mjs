import { fileURLToPath } from 'node:url';
import { ask, gatewayCold } from '../lib/contestants.mjs';
import { runLoad } from '../lib/load.mjs';
import { finiteSimSid, longSimSid } from '../lib/other-pages.mjs';
import { startProgram } from '../lib/process.mjs';
import { median } from '../lib/statistics.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

/*
 * The lists beside sessions, and what is computed from sessions, each beside a program that does the same by hand: it
 * parses the same pages with `JSON.parse`, and maps or adds up in a loop.
 */

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {string} query
 * @property {object} [variables]
 * @property {string} path of the hand-written program
 * @property {number} connections
 * @property {(data: any) => readonly any[]} records of an answer
 */

const USER = `AC${'0'.repeat(32)}`;
const CONNECTION = 'pageInfo { hasNextPage endCursor }';
const start = new Date(Date.now() - 30 * 86_400_000).toISOString();
const end = new Date(Date.now() + 86_400_000).toISOString();

/** @type {readonly Subject[]} */
const SUBJECTS = [
  {
    name: '50 SIMs with 8 fields',
    query: `query Sims { sims(first: 50) {
      edges { cursor node { sid uniqueName friendlyName status ratePlanSid dateCreated dateUpdated ipAddress } } ${CONNECTION}
    } }`,
    path: '/sims/',
    connections: 16,
    records: ({ sims }) => sims.edges,
  },
  {
    name: '31 usage records',
    query: `query Usage($sid: ID!, $start: DateTime!, $end: DateTime!) { sim(sid: $sid) {
      usageRecords(first: 31, start: $start, end: $end) {
        edges { cursor node { period { start end } data { upload download total units billed } } } ${CONNECTION}
      }
    } }`,
    variables: { start, end },
    path: '/usage/',
    connections: 16,
    records: ({ sim }) => sim.usageRecords.edges,
  },
  {
    name: 'groups over 2,000 sessions',
    query: `query Groups($sid: ID!) { sim(sid: $sid) { dataSessionGroups(by: [DAY, COUNTRY]) {
      groups { dimensions { day operatorCountry } count packetsUploaded packetsDownloaded durationSeconds }
    } } }`,
    path: '/groups/',
    connections: 4,
    records: ({ sim }) => sim.dataSessionGroups.groups,
  },
];

const SIDS = Array.from({ length: 32 }, (_, number) => finiteSimSid(number));
const SLICES = 8;

/**
 * Each subject, measured slice by slice in turn with the hand-written program; then the memory of the gateway while filters
 * walk over lists of 25 pages.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function lists({ rounds, seconds, warmUp, progress }) {
  const upstream = await startUpstream();
  const rows = [];
  for (const subject of SUBJECTS) {
    const ratios = [];
    const times = [];
    let wrong = '';
    for (let round = 0; round < rounds; round += 1) {
      const gateway = await startGateway(upstream.url);
      const byHand = await startByHand(upstream.url);
      wrong ||= await difference(subject, gateway.url, byHand.url);
      const loads = [
        { url: gateway.url, request: graphql(subject) },
        { url: byHand.url, request: (/** @type {string} */ sid) => rest(subject.path + sid) },
      ].map((load) => ({ ...load, sids: SIDS, first: 0, connections: subject.connections }));
      for (const load of loads) await runLoad({ ...load, amount: Math.ceil(warmUp / subject.connections) });
      for (let slice = 0; slice < SLICES; slice += 1) {
        const [first, second] = slice % 2 === 0 ? [0, 1] : [1, 0];
        const speeds = [0, 0];
        for (const index of [first, second]) {
          const load = loads[index];
          if (load === undefined) continue;
          speeds[index] = (await runLoad({ ...load, seconds: seconds / SLICES })).perSecond;
        }
        const [own = Number.NaN, other = Number.NaN] = speeds;
        ratios.push(own / other);
        times.push(1000 / own);
      }
      await Promise.all([gateway.stop(), byHand.stop()]);
    }
    const row = { name: subject.name, toByHand: median(ratios), ms: median(times), wrong };
    progress(`${row.name}: ${fixed(row.toByHand, 2)} × by hand`);
    rows.push(row);
  }
  const filter = await filterMemory(upstream.url, Math.max(40, Math.floor(warmUp / 40)));
  progress(`a filter over 25 pages: ${fixed(filter.peakMb)} MB at most`);
  await upstream.stop();
  return { rows, filter };
}

/**
 * Resident memory while a filter walks over 25 pages, again and again, each time over another list.
 *
 * @param {string} upstreamUrl
 * @param {number} walks
 */
async function filterMemory(upstreamUrl, walks) {
  const gateway = await startGateway(upstreamUrl);
  const query = `query Filtered($sid: ID!) { sim(sid: $sid) {
    dataSessions(first: 10, filter: { radioLink: ["GPRS"] }) { nodes { sid } ${CONNECTION} }
  } }`;
  const request = graphql({ query });
  const samples = [];
  for (let walk = 0; walk < walks; walk += 1) {
    const answer = await ask(gateway.url, request(longSimSid(walk % 4)));
    const { extensions } = await answer.json();
    if (extensions.upstream.requests !== 25) throw new Error(`${extensions.upstream.requests} pages, not 25`);
    samples.push(gateway.memoryMb() ?? Number.NaN);
  }
  await gateway.stop();
  const half = Math.floor(walks / 2);
  return {
    walks,
    peakMb: Math.max(...samples),
    /** By how much the second half of the walks had more than the first. */
    grownMb: median(samples.slice(half)) - median(samples.slice(Math.floor(half / 2), half)),
  };
}

/** @param {string} upstreamUrl */
function startGateway(upstreamUrl) {
  const { file, nodeArgs, env } = gatewayCold;
  return startProgram({
    file,
    nodeArgs: [...nodeArgs],
    env: { UPSTREAM_URL: upstreamUrl, UPSTREAM_USER: USER, UPSTREAM_PASSWORD: 'secret', ...env },
    ready: (url) => ready(`${url}/health`),
  });
}

/** @param {string} upstreamUrl */
function startByHand(upstreamUrl) {
  return startProgram({
    file: fileURLToPath(new URL('../contestants/l1-lists.mjs', import.meta.url)),
    env: { UPSTREAM_URL: upstreamUrl, UPSTREAM_USER: USER, UPSTREAM_PASSWORD: 'secret' },
    ready: (url) => ready(`${url}/sims/`),
  });
}

/** @param {string} url */
async function ready(url) {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(String(answer.status));
}

/**
 * @param {Pick<Subject, 'query' | 'variables'>} subject
 * @returns {(sid: string) => import('../lib/query.mjs').Request}
 */
function graphql({ query, variables }) {
  return (sid) => ({
    method: 'POST',
    path: '/graphql',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: 'Bearer bench',
    },
    body: JSON.stringify({ query, variables: { sid, ...variables } }),
  });
}

/**
 * @param {string} path
 * @returns {import('../lib/query.mjs').Request}
 */
function rest(path) {
  return { method: 'GET', path, headers: {} };
}

/**
 * How the answers of both programs differ, in words; empty when they do not.
 *
 * @param {Subject} subject
 * @param {string} gatewayUrl
 * @param {string} byHandUrl
 */
async function difference(subject, gatewayUrl, byHandUrl) {
  const sid = finiteSimSid(1);
  const own = await (await ask(gatewayUrl, graphql(subject)(sid))).json();
  const other = await (await ask(byHandUrl, rest(subject.path + sid))).json();
  const [mine, theirs] = [own, other].map((answer) => {
    const records = subject.records(answer.data).map((record) => comparable(record.node ?? record));
    return records.sort();
  });
  if (JSON.stringify(mine) === JSON.stringify(theirs)) return '';
  return `${mine?.[0]} is not ${theirs?.[0]}`;
}

/**
 * A record as text, with instants without milliseconds, since the gateway writes them with these.
 *
 * @param {object} record
 */
function comparable(record) {
  return JSON.stringify(record).replaceAll('.000Z"', 'Z"');
}

/** @param {Awaited<ReturnType<typeof lists>>} result */
export function listsText({ rows, filter }) {
  const text = table(
    ['what', '× by hand', 'ms an answer', 'answer'],
    rows.map(({ name, toByHand, ms, wrong }) => [
      name,
      fixed(toByHand, 2),
      fixed(ms, 2),
      wrong === '' ? 'right' : `WRONG: ${wrong}`,
    ]),
  );
  return `${text}\n\n${filter.walks} filtered walks over 25 pages: ${fixed(filter.peakMb)} MB at most; the second half had ${fixed(filter.grownMb, 1)} MB more than the one before.`;
}
