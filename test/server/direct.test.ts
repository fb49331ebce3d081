import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CompiledQuery } from '../../src/fast-path/compiler/compiled-query.js';
import { hold } from '../support/hold.js';
import { codesOf, sha256, startWireGateway, type WireAnswer, type WireGateway } from '../support/wire.js';

const SESSIONS = `query Sessions($sid: ID!, $first: Int, $last: Int) {
  sim(sid: $sid) { dataSessions(first: $first, last: $last) { edges { node { sid operatorName imei } } } }
}`;
const TOKENS = {
  GATEWAY_AUTH: 'token',
  GATEWAY_TOKENS: [
    `all:${sha256('all')}:wireless:read+wireless:location`,
    `reader:${sha256('reader')}:wireless:read`,
    `nobody:${sha256('nobody')}:wireless:location`,
  ].join(),
};
/** More runs than it takes for an operation to be known, and for its answer to be kept. */
const RUNS = 7;

const as = (token: string) => ({ authorization: `Bearer ${token}` });

/*
 * What guards the way through Yoga has to guard the direct one as well. Here every operation has come so often that it
 * is known, and its answer kept, when somebody comes who must not have it.
 */
describe('an operation that is known', () => {
  let gateway: WireGateway;
  afterEach(() => gateway.close());

  const sid = () => gateway.sandbox.cleanSimSid;
  const body = (variables: object = { first: 2 }) => ({
    query: SESSIONS,
    variables: { sid: sid(), ...variables },
  });
  const upstreamOf = ({ body: answer }: WireAnswer) => answer?.extensions?.upstream;

  async function start(env: Record<string, string> = {}, token?: string): Promise<void> {
    gateway = await startWireGateway({ env: { CACHE_TTL_MS: '60000', ...env } });
    if (token !== undefined) await become(token);
  }

  /** Sends the operation until it is known. */
  async function become(token = ''): Promise<WireAnswer> {
    const answers = [];
    for (let run = 0; run < RUNS; run += 1)
      answers.push(await gateway.post(body(), token === '' ? {} : as(token)));
    const [first, last] = [answers.at(0), answers.at(-1)];
    if (first === undefined || last === undefined) throw new Error('no answer');
    expect(last.body?.data).toEqual(first.body?.data);
    expect(answers.map(({ status }) => status)).toEqual(Array(RUNS).fill(200));
    return last;
  }

  it('is answered from what is kept, and says so', async () => {
    await start();
    const last = await become();
    expect(upstreamOf(last)).toEqual({ requests: 0, retries: 0, cacheHits: 1 });
    expect(gateway.sandbox.requests).toHaveLength(1);
  });

  it('is refused to whoever has no token, or a wrong one', async () => {
    await start(TOKENS, 'all');
    for (const headers of [{}, as('wrong'), { authorization: 'Basic YTpi' }]) {
      const answer = await gateway.post(body(), headers);
      expect(answer.status).toBe(401);
      expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(answer.text).not.toContain('WN');
    }
  });

  it('shows each caller what that one may read, whoever has asked before', async () => {
    await start(TOKENS, 'all');
    for (let run = 0; run < RUNS; run += 1) {
      const all = await gateway.post(body(), as('all'));
      const reader = await gateway.post(body(), as('reader'));
      const nobody = await gateway.post(body(), as('nobody'));
      expect(codesOf(all)).toEqual([]);
      expect(all.text).toMatch(/"imei":"\d{15}"/);
      expect(codesOf(reader)).toEqual(['FORBIDDEN']);
      expect(reader.text).not.toMatch(/"imei":"/);
      expect(codesOf(nobody)).toEqual(['FORBIDDEN']);
      expect(nobody.body?.data).toEqual({ sim: null });
    }
  });

  it('is refused where a page of another site can send it', async () => {
    await start();
    await become();
    const answer = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify(body()),
    });
    expect(answer.status).toBe(403);
  });

  it('is refused in too large a body, and with parameters that are none', async () => {
    await start();
    await become();
    const large = await gateway.post({ ...body(), operationName: 'x'.repeat(300_000) });
    expect(large.status).toBe(413);
    const more = await gateway.post({ ...body(), more: 1 });
    expect(more.status).toBe(400);
    const misfit = await gateway.post(body({ first: 'two' }));
    expect(codesOf(misfit)).toEqual(['BAD_USER_INPUT']);
  });

  it('is refused once its variables make it too dear', async () => {
    await start({ MAX_UPSTREAM_REQUESTS: '10' });
    await become();
    const requests = gateway.sandbox.requests.length;
    const answer = await gateway.post(body({ last: 5 }));
    expect(answer.status).toBe(400);
    expect(answer.body?.errors?.[0]?.extensions.cost).toEqual({ worstCase: 25, limit: 10 });
    expect(gateway.sandbox.requests).toHaveLength(requests);
  });

  it('counts as an operation of its caller', async () => {
    await start({ RATE_LIMIT: String(RUNS) });
    await become();
    const answer = await gateway.post(body());
    expect(answer.status).toBe(429);
    expect(codesOf(answer)).toEqual(['RATE_LIMITED']);
  });

  it('is turned away while there are too many in flight, kept answers included', async () => {
    await start({ MAX_IN_FLIGHT: '1' });
    await become();
    const release = hold(gateway.sandbox);
    gateway.sandbox.clearRequests();
    const slow = gateway.post(body({ first: 3 }));
    await gateway.sandbox.requestStarted();
    expect((await gateway.post(body())).status).toBe(503);
    release();
    expect((await slow).status).toBe(200);
    expect((await gateway.post(body())).status).toBe(200);
  });

  it('is counted and logged like any other', async () => {
    await start({ ...TOKENS, CACHE_TTL_MS: '60000' }, 'reader');
    const metrics = await gateway.fetch('/metrics', { headers: as('reader') });
    expect(metrics.text).toContain(`gateway_operation_duration_seconds_count{outcome="FORBIDDEN"} ${RUNS}`);
    const lines = gateway.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'operation');
    expect(lines.map(({ operation, caller }) => [operation, caller])).toEqual(
      Array(RUNS).fill(['Sessions', 'reader']),
    );
  });

  it('is answered with a trace when a router asks for one', async () => {
    await start();
    await become();
    const answer = await gateway.post(body(), { 'apollo-federation-include-trace': 'ftv1' });
    expect(answer.body?.extensions?.ftv1).toEqual(expect.any(String));
  });

  it('is answered in every form that its variables give it, also in those that cannot be compiled', async () => {
    await start();
    const query = 'query ($all: Boolean!) { __typename node(id: "none") @include(if: $all) { id } }';
    for (let run = 0; run < RUNS; run += 1) {
      const answer = await gateway.post({ query, variables: { all: false } });
      expect(answer.body?.data).toEqual({ __typename: 'Query' });
    }
    const answer = await gateway.post({ query, variables: { all: true } });
    expect(answer.body?.data).toEqual({ __typename: 'Query', node: null });
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('a defect');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('a defect'))],
  ])('is answered by Yoga, and the defect is logged, when compiled code %s', async (_how, fail) => {
    await start({ CACHE_TTL_MS: '0' });
    const usual = await become();
    const run = vi.spyOn(CompiledQuery.prototype, 'execute').mockImplementationOnce(fail);
    const answer = await gateway.post(body());
    expect(run).toHaveBeenCalledOnce();
    run.mockRestore();
    expect([answer.status, answer.text]).toEqual([200, usual.text]);
    const errors = gateway.log.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50);
    expect(errors).toEqual([expect.objectContaining({ msg: 'unexpected error', error: 'TypeError' })]);
  });

  it('is not found by names that a client makes up, and none of what it sends is remembered', async () => {
    await start({ CACHE_TTL_MS: '0' });
    const query = 'query ($sid: ID!) { sim(sid: $sid) { sid } }';
    for (let run = 0; run < RUNS; run += 1) await gateway.post({ query, variables: { sid: sid() } });
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const heapUsed = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = heapUsed();
    const filler = '1'.repeat(200_000);
    const numbers = Array(100_000).fill(1);
    for (let index = 0; index < 100; index += 1) {
      const more = [index, numbers];
      const [asVariable, asName] = [
        await gateway.post({ query, variables: { sid: sid(), more } }),
        await gateway.post({ query, variables: { sid: sid() }, operationName: `${filler}${index}` }),
      ];
      expect([asVariable.status, asName.status]).toEqual([200, 400]);
    }
    // If they were remembered, the variables and the names would take 20 MB each.
    expect(heapUsed() - before).toBeLessThan(10_000_000);
  });

  it('is answered in the type that is asked for', async () => {
    await start();
    await become();
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      for (let run = 0; run < 3; run += 1) {
        const answer = await gateway.post(body(), { accept });
        expect(answer.headers.get('content-type')).toContain(accept);
      }
    }
    expect((await gateway.post(body(), { accept: 'image/png' })).status).toBe(406);
  });
});
