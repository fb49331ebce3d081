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
/** Number of executions after which an operation is compiled and its response cached. */
const RUNS = 7;

const as = (token: string) => ({ authorization: `Bearer ${token}` });

/*
 * The fast path must enforce the same rules as Yoga. Here each operation is compiled and its response cached before a
 * caller sends it who must not get that response.
 */
describe('fast path', () => {
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
    if (token !== undefined) await warmUp(token);
  }

  /** Sends the operation until it is compiled and cached. */
  async function warmUp(token = ''): Promise<WireAnswer> {
    const answers = [];
    for (let run = 0; run < RUNS; run += 1)
      answers.push(await gateway.post(body(), token === '' ? {} : as(token)));
    const [first, last] = [answers.at(0), answers.at(-1)];
    if (first === undefined || last === undefined) throw new Error('no answer');
    expect(last.body?.data).toEqual(first.body?.data);
    expect(answers.map(({ status }) => status)).toEqual(Array(RUNS).fill(200));
    return last;
  }

  it('serves a repeated request from the response cache and reports `cacheHits`', async () => {
    await start();
    const last = await warmUp();
    expect(upstreamOf(last)).toEqual({ requests: 0, retries: 0, cacheHits: 1 });
    expect(gateway.sandbox.requests).toHaveLength(1);
  });

  it('rejects requests without a valid token', async () => {
    await start(TOKENS, 'all');
    for (const headers of [{}, as('wrong'), { authorization: 'Basic YTpi' }]) {
      const answer = await gateway.post(body(), headers);
      expect(answer.status).toBe(401);
      expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(answer.text).not.toContain('WN');
    }
  });

  it('returns to each caller only what its scopes allow, whatever was cached for others', async () => {
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

  it('rejects cross-site requests', async () => {
    await start();
    await warmUp();
    const answer = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify(body()),
    });
    expect(answer.status).toBe(403);
  });

  it('rejects a body that is too large, and invalid parameters', async () => {
    await start();
    await warmUp();
    const large = await gateway.post({ ...body(), operationName: 'x'.repeat(300_000) });
    expect(large.status).toBe(413);
    const more = await gateway.post({ ...body(), more: 1 });
    expect(more.status).toBe(400);
    const misfit = await gateway.post(body({ first: 'two' }));
    expect(codesOf(misfit)).toEqual(['BAD_USER_INPUT']);
  });

  it('enforces the cost limit for the variables of each request', async () => {
    await start({ MAX_UPSTREAM_REQUESTS: '10' });
    await warmUp();
    const requests = gateway.sandbox.requests.length;
    const answer = await gateway.post(body({ last: 5 }));
    expect(answer.status).toBe(400);
    expect(answer.body?.errors?.[0]?.extensions.cost).toEqual({ worstCase: 25, limit: 10 });
    expect(gateway.sandbox.requests).toHaveLength(requests);
  });

  it('counts for the rate limit of the caller', async () => {
    await start({ RATE_LIMIT: String(RUNS) });
    await warmUp();
    const answer = await gateway.post(body());
    expect(answer.status).toBe(429);
    expect(codesOf(answer)).toEqual(['RATE_LIMITED']);
  });

  it('enforces the in-flight limit, also for cached responses', async () => {
    await start({ MAX_IN_FLIGHT: '1' });
    await warmUp();
    const release = hold(gateway.sandbox);
    gateway.sandbox.clearRequests();
    const slow = gateway.post(body({ first: 3 }));
    await gateway.sandbox.requestStarted();
    expect((await gateway.post(body())).status).toBe(503);
    release();
    expect((await slow).status).toBe(200);
    expect((await gateway.post(body())).status).toBe(200);
  });

  it('records metrics and log lines', async () => {
    await start({ ...TOKENS, CACHE_TTL_MS: '60000' }, 'reader');
    const metrics = await gateway.fetch('/metrics', { headers: as('reader') });
    expect(metrics.text).toContain(`gateway_operation_duration_seconds_count{outcome="FORBIDDEN"} ${RUNS}`);
    const lines = gateway.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'operation');
    expect(lines.map(({ operation, caller }) => [operation, caller])).toEqual(
      Array(RUNS).fill(['Sessions', 'reader']),
    );
  });

  it('returns a trace when a router requests it', async () => {
    await start();
    await warmUp();
    const answer = await gateway.post(body(), { 'apollo-federation-include-trace': 'ftv1' });
    expect(answer.body?.extensions?.ftv1).toEqual(expect.any(String));
  });

  it('executes each variant of an operation, also those that cannot be compiled', async () => {
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
  ])('falls back to Yoga and logs the error when compiled code %s', async (_how, fail) => {
    await start({ CACHE_TTL_MS: '0' });
    const usual = await warmUp();
    const run = vi.spyOn(CompiledQuery.prototype, 'execute').mockImplementationOnce(fail);
    const answer = await gateway.post(body());
    expect(run).toHaveBeenCalledOnce();
    run.mockRestore();
    expect([answer.status, answer.text]).toEqual([200, usual.text]);
    const errors = gateway.log.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50);
    expect(errors).toEqual([expect.objectContaining({ msg: 'unexpected error', error: 'TypeError' })]);
  });

  it('stores no operation names or variables of requests', async () => {
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
    // If they were stored, the variables and the names would take 20 MB each.
    expect(heapUsed() - before).toBeLessThan(10_000_000);
  });

  it('returns the content type that the client accepts', async () => {
    await start();
    await warmUp();
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      for (let run = 0; run < 3; run += 1) {
        const answer = await gateway.post(body(), { accept });
        expect(answer.headers.get('content-type')).toContain(accept);
      }
    }
    expect((await gateway.post(body(), { accept: 'image/png' })).status).toBe(406);
  });
});
