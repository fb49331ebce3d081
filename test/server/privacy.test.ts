import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codesOf, sha256, startWireGateway, type WireGateway } from '../support/wire.js';

const SCOPES = {
  reader: 'wireless:read',
  tracker: 'wireless:read+wireless:location',
  correspondent: 'wireless:read+wireless:messages',
} as const;
type Caller = keyof typeof SCOPES;

const CONTENT = 'open the gate 4711';
const UNIQUE_NAME = 'private name of a van';

let gateway: WireGateway;
let iccid: string;
let sid: string;

beforeAll(async () => {
  const tokens = Object.entries(SCOPES).map(([name, scopes]) => `${name}:${sha256(name)}:${scopes}`);
  gateway = await startWireGateway({
    env: {
      GATEWAY_AUTH: 'token',
      GATEWAY_TOKENS: tokens.join(),
      CACHE_TTL_MS: '600000',
      LOG_LEVEL: 'debug',
    },
  });
  sid = gateway.sandbox.addSim({ unique_name: UNIQUE_NAME }).sid;
  iccid = String(gateway.sandbox.sims.at(-1)?.iccid);
  gateway.sandbox.setRecords('/v1/Commands', [
    { sid: `DC${'1'.repeat(32)}`, sim_sid: sid, command: CONTENT, status: 'received', direction: 'from_sim' },
  ]);
});
afterAll(() => gateway.close());

const send = (caller: Caller, query: string, headers: Record<string, string> = {}) =>
  gateway.post({ query }, { authorization: `Bearer ${caller}`, ...headers });

describe('the content of a command', () => {
  const query = '{ commands { nodes { sid command } } }';

  it('is for callers with the scope for messages, whoever asked first, also from caches', async () => {
    // Often enough that responses are cached as a whole.
    for (let run = 0; run < 8; run += 1) {
      const refused = await send('reader', query);
      expect(refused.text).not.toContain(CONTENT);
      expect(codesOf(refused)).toEqual(['FORBIDDEN']);
      const located = await send('tracker', query);
      expect([located.text.includes(CONTENT), codesOf(located)]).toEqual([false, ['FORBIDDEN']]);
      const served = await send('correspondent', query);
      expect([served.text.includes(CONTENT), codesOf(served)]).toEqual([true, []]);
    }
  });
});

describe('the field `caller`', () => {
  it('has the name and the scopes of each caller, also where others with the same scopes have asked the same', async () => {
    const tokens = ['anna', 'bert'].map((name) => `${name}:${sha256(name)}:wireless:read`);
    const shared = await startWireGateway({
      env: { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: tokens.join(), CACHE_TTL_MS: '600000' },
    });
    const query = `{ caller { name scopes } sim(sid: "${shared.sandbox.cleanSimSid}") { status } }`;
    for (let run = 0; run < 8; run += 1) {
      for (const name of ['anna', 'bert']) {
        const { body } = await shared.post({ query }, { authorization: `Bearer ${name}` });
        expect(body?.data).toEqual({
          caller: { name, scopes: ['wireless:read'] },
          sim: { status: 'ACTIVE' },
        });
      }
    }
    await shared.close();
  });
});

describe('a lookup by ICCID', () => {
  const byIccid = () => `{ sim(iccid: "${iccid}") { sid } }`;

  it('needs the scope for locations, as the field does, and sends no request without it', async () => {
    const before = gateway.sandbox.requests.length;
    for (const caller of ['reader', 'correspondent'] as const) {
      const refused = await send(caller, byIccid());
      expect([refused.body?.data, codesOf(refused)]).toEqual([{ sim: null }, ['FORBIDDEN']]);
    }
    expect(gateway.sandbox.requests).toHaveLength(before);
    const served = await send('tracker', byIccid());
    expect(served.body?.data).toEqual({ sim: { sid } });
    // What is cached now is still for callers with the scope alone.
    expect(codesOf(await send('reader', byIccid()))).toEqual(['FORBIDDEN']);
  });
});

it('neither ICCIDs nor unique names nor contents of commands are in logs, metrics, traces or messages', async () => {
  const texts: string[] = [];
  const queries = [
    `{ sim(iccid: "${iccid}") { friendlyName } }`,
    `{ sim(uniqueName: "${UNIQUE_NAME}") { friendlyName } }`,
    `{ sim(uniqueName: "${UNIQUE_NAME}", iccid: "${iccid}") { friendlyName } }`,
    '{ commands { nodes { status } } }',
  ];
  for (const kind of [null, 'html', 'reset'] as const) {
    const remove = kind === null ? () => undefined : gateway.sandbox.faults.add({ kind });
    for (const query of queries) {
      texts.push((await send('tracker', query, { 'apollo-federation-include-trace': 'ftv1' })).text);
    }
    remove();
  }
  const metrics = await gateway.fetch('/metrics', { headers: { authorization: 'Bearer tracker' } });
  const all = [...texts, metrics.text, ...gateway.log].join('\n');
  expect(all).toContain('ftv1');
  for (const secret of [iccid, UNIQUE_NAME, CONTENT]) {
    for (const spelling of [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    ]) {
      expect(all).not.toContain(spelling);
    }
  }
});
