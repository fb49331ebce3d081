import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.mjs';
import { sha256, startWireGateway, type WireGateway } from '../support/wire.js';

type Line = Readonly<Record<string, unknown>>;

const INFO = 30;
const WARN = 40;
const ERROR = 50;

describe('the log', () => {
  let gateway: WireGateway;

  afterEach(() => gateway.close());

  const operations = (): Line[] =>
    gateway.log.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'operation');

  it('has one line for each operation, with what it cost', async () => {
    gateway = await startWireGateway();
    const query = `query Status { sim(sid: "${gateway.sandbox.cleanSimSid}") { status } }`;
    await gateway.post({ query }, { 'x-request-id': 'one' });
    await gateway.post({ query: 'query Wrong { sim(sid: "nonsense") { sid } }' }, { 'x-request-id': 'two' });
    expect(operations()).toMatchObject([
      {
        level: INFO,
        requestId: 'one',
        operation: 'Status',
        codes: [],
        ms: expect.any(Number),
        caller: 'anonymous',
        account: 'default',
        upstreamRequests: 1,
        upstreamWaitMs: 0,
        retries: 0,
        cacheHits: 0,
      },
      { level: INFO, requestId: 'two', operation: 'Wrong', codes: ['BAD_USER_INPUT'], upstreamRequests: 0 },
    ]);
  });

  it('has a line for a share of the successful operations, and for each that fails, with LOG_SAMPLE', async () => {
    gateway = await startWireGateway({ env: { LOG_SAMPLE: '0' } });
    await gateway.post({ query: '{ __typename }' });
    await gateway.post({ query: 'query Wrong { sim(sid: "nonsense") { sid } }' });
    expect(operations()).toMatchObject([{ operation: 'Wrong' }]);
  });

  it('shows the level of a failure, and the status, code and request ID of the upstream', async () => {
    gateway = await startWireGateway();
    const query = `query Status { sim(sid: "${gateway.sandbox.cleanSimSid}") { status } }`;
    for (const status of [503, 401]) {
      gateway.sandbox.faults.clear();
      gateway.sandbox.faults.add({ kind: 'status', status });
      await gateway.post({ query });
    }
    const requestId = gateway.sandbox.requests.at(-1)?.requestId;
    expect(operations()).toMatchObject([
      { level: WARN, codes: ['UPSTREAM_UNAVAILABLE'], upstream: { status: 503 } },
      { level: ERROR, codes: ['UPSTREAM_UNAUTHORIZED'], upstream: { status: 401, requestId } },
    ]);
  });

  it('tells the causes of a failed connection apart', async () => {
    const networks: unknown[] = [];
    const closed = await freePort();
    for (const url of [`http://127.0.0.1:${closed}`, 'http://nowhere.invalid']) {
      gateway = await startWireGateway({ env: { UPSTREAM_URL: url } });
      await gateway.post({ query: `{ sim(sid: "${gateway.sandbox.cleanSimSid}") { status } }` });
      const [line] = operations();
      networks.push((line?.upstream as Line | undefined)?.network);
      await gateway.close();
    }
    expect(networks).toEqual(['ECONNREFUSED', expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/)]);
    gateway = await startWireGateway();
  });

  it('counts how long an operation waited for the concurrency limiter', async () => {
    gateway = await startWireGateway({ env: { UPSTREAM_CONCURRENCY: '1' }, sandbox: { latencyMs: 20 } });
    const [one, two] = gateway.sandbox.simSids;
    await Promise.all([one, two].map((sid) => gateway.post({ query: `{ sim(sid: "${sid}") { status } }` })));
    const [first, second] = operations().map(({ upstreamWaitMs }) => Number(upstreamWaitMs));
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(0);
  });

  it('names the caller by the name of the token', async () => {
    const tokens = `dashboard:${sha256('a-token')}:wireless:read`;
    gateway = await startWireGateway({ env: { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: tokens } });
    await gateway.post({ query: '{ __typename }' }, { authorization: 'Bearer a-token' });
    await gateway.post({ query: '{ __typename }' });
    const [known, refused] = operations();
    expect(known).toMatchObject({ caller: 'dashboard' });
    expect(refused).toMatchObject({ level: INFO, codes: ['UNAUTHENTICATED'] });
    expect(refused).not.toHaveProperty('caller');
  });

  it('contains nothing that a client sends except for a truncated operation name', async () => {
    gateway = await startWireGateway();
    const name = `Long${'g'.repeat(1000)}`;
    await gateway.post({
      query: `query ${name}($sid: ID!) { sim(sid: $sid) { alias: sid } }`,
      variables: { sid: 'value-of-a-variable' },
      operationName: name,
    });
    expect(operations()[0]?.operation).toBe(name.slice(0, 64));
    for (const text of ['value-of-a-variable', 'alias', '$sid'])
      expect(gateway.log.join()).not.toContain(text);
  });

  it('has one line for an incremental response, after its last part', async () => {
    gateway = await startWireGateway();
    const sid = gateway.sandbox.cleanSimSid;
    const query = `query Later { sim(sid: "${sid}") { sid ... @defer { dataSessions(first: 1) { edges { cursor } } } } }`;
    await gateway.post({ query }, { accept: 'multipart/mixed' });
    expect(operations()).toMatchObject([{ operation: 'Later', codes: [] }]);
    expect(operations()).toHaveLength(1);
  });
});
