import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CompiledQuery } from '../../src/fast-path/compiler/compiled-query.js';
import { estimateMaxPrice } from '../../src/graphql/cost/estimate.js';
import { READ, SCOPES, type Scope } from '../../src/resources/scopes.js';
import {
  bodyOf,
  CURSOR_PLACEHOLDER,
  NODE_PLACEHOLDERS,
  type OperationRequest,
  requestsOfOneDocument,
  SID_PLACEHOLDERS,
} from '../support/operations.js';
import { schema } from '../support/schema.js';
import { sha256, startWireGateway, type WireAnswer, type WireGateway } from '../support/wire.js';

/** Number of executions after which an operation is compiled. */
const RUNS = 6;
const MAX_REQUESTS = 26;
const TOKENS = ['reader', 'tracker'];

/** All observable parts of a response, without the upstream's request IDs, which differ. */
const observable = ({ status, text, headers, upstreamRequests }: WireAnswer) => ({
  status,
  text: text.replace(/RQ[0-9a-f]{32}/g, 'RQ…'),
  upstreamRequests,
  contentType: headers.get('content-type'),
});

type Observable = ReturnType<typeof observable>;

/** Returns the response once it is the same twice in a row: then all that can be cached is cached, including aborted requests. */
async function settled(send: () => Promise<WireAnswer>, first: WireAnswer): Promise<Observable> {
  let last = observable(first);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const next = observable(await send());
    if (JSON.stringify(next) === JSON.stringify(last)) return next;
    last = next;
  }
  throw new Error('the response is another one every time');
}

/** Cost estimate of an operation that is within the limit. */
function costOf(body: string, token: string): number {
  const { query, operationName, variables } = JSON.parse(body) as {
    query: string;
    operationName?: string;
    variables: Record<string, unknown> | null;
  };
  if (validate(schema, parse(query)).length > 0) return 0;
  const operation = { schema, document: parse(query), operationName: operationName || null };
  const scopes = new Set<Scope>(token === 'tracker' ? SCOPES : [READ]);
  const viewer = { name: token, scopes, account: 'default' };
  const price = estimateMaxPrice({ ...operation, variableValues: variables }, viewer, Date.now());
  return Math.min(MAX_REQUESTS, price.requests + price.walks);
}

describe.each([
  ['without a cache', '0', 150],
  ['with cached upstream responses', '600000', 150],
])('fast path conformance %s', (_what, ttlMs, numRuns) => {
  let gateway: WireGateway;
  let sids: readonly string[];
  let cursor: string;

  beforeAll(async () => {
    gateway = await startWireGateway({
      env: {
        GATEWAY_AUTH: 'token',
        GATEWAY_TOKENS: [
          `reader:${sha256('reader')}:wireless:read`,
          `tracker:${sha256('tracker')}:wireless:read+wireless:location`,
        ].join(),
        MAX_UPSTREAM_REQUESTS: String(MAX_REQUESTS),
        CACHE_TTL_MS: ttlMs,
      },
    });
    const { simSids, faults } = gateway.sandbox;
    sids = [0, 4, 5].map((index) => simSids[index] ?? '');
    // Malformed members of sessions and of a SIM, and an invalid list.
    faults.add({
      kind: 'mutate',
      path: `${sids[1]}/DataSessions`,
      mutate: (body) => ({ ...body, data_sessions: [{ sid: 7, start: [], imei: 1 }, null, { end: 'x' }] }),
    });
    faults.add({
      kind: 'mutate',
      path: String(sids[1]),
      mutate: (body) => ({ ...body, status: 1, iccid: [] }),
    });
    faults.add({
      kind: 'mutate',
      path: `${sids[2]}/DataSessions`,
      mutate: () => ({ data_sessions: 'none' }),
    });
    const first = `{ sim(sid: "${sids[0]}") { dataSessions(first: 2) { pageInfo { endCursor } } } }`;
    const { text } = await post('/graphql', JSON.stringify({ query: first }), 'reader');
    cursor = /"endCursor":"([^"]+)"/.exec(text)?.[1] ?? '';
    expect(cursor).not.toBe('');
  });
  afterAll(() => gateway.close());

  /** Inserts real SIDs and a real cursor into a request. */
  function real(request: OperationRequest): string {
    return SID_PLACEHOLDERS.reduce(
      // A variable whose name looks like a placeholder must not be replaced.
      (body, placeholder, index) => body.replaceAll(placeholder, sids[index] ?? ''),
      NODE_PLACEHOLDERS.reduce(
        (body, placeholder, index) =>
          body.replaceAll(placeholder, Buffer.from(`Sim:${sids[index]}`).toString('base64')),
        bodyOf(request).replaceAll(CURSOR_PLACEHOLDER, cursor),
      ),
    );
  }

  /** @param path - a path with a query string uses Yoga's Node adapter and never the fast path */
  const post = (path: string, body: string, token: string) =>
    gateway.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    });

  /** Equivalent forms of a request: POST, GET, persisted. */
  const FORMS: Readonly<Record<string, (body: string, token: string) => Promise<WireAnswer>>> = {
    'a JSON body': (body, token) => post('/graphql', body, token),
    'a JSON body with extensions': (body, token) =>
      post(
        '/graphql',
        JSON.stringify({ ...JSON.parse(body), extensions: { clientLibrary: { name: 'x' } } }),
        token,
      ),
    'the parameters of a GET request': (body, token) => {
      const { query, operationName, variables } = JSON.parse(body) as Record<string, unknown>;
      const parameters = new URLSearchParams({ query: String(query) });
      if (operationName != null) parameters.set('operationName', String(operationName));
      if (variables !== undefined) parameters.set('variables', JSON.stringify(variables));
      return gateway.fetch(`/graphql?${parameters}`, {
        headers: { authorization: `Bearer ${token}`, 'apollo-require-preflight': '1' },
      });
    },
    'the hash of a registered document': async (body, token) => {
      const { query, ...rest } = JSON.parse(body) as { query: string };
      const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } };
      const first = await post('/graphql', JSON.stringify({ ...rest, extensions }), token);
      if (!first.text.includes('PERSISTED_QUERY_NOT_FOUND')) return first;
      return post('/graphql', JSON.stringify({ ...rest, query, extensions }), token);
    },
  };

  it('returns the same bytes as Yoga for generated operations, in any form of request', async () => {
    const compiledRuns = vi.spyOn(CompiledQuery.prototype, 'execute');
    await fc.assert(
      fc.asyncProperty(
        requestsOfOneDocument,
        fc.array(fc.constantFrom(...TOKENS), { minLength: 4, maxLength: 4 }),
        fc.constantFrom(...Object.keys(FORMS)),
        async (requests, tokens, form) => {
          const sent = requests.map((request, index) => ({
            body: real(request),
            token: tokens[index] ?? 'reader',
          }));
          const expected: Observable[] = [];
          // The log of the sandbox is bounded, which the counts must not reach.
          gateway.sandbox.clearRequests();
          for (const { body, token } of sent) {
            const uncached = await post('/graphql?by=fetch', body, token);
            expect(uncached.upstreamRequests).toBeLessThanOrEqual(costOf(body, token));
            expected.push(await settled(() => post('/graphql?by=fetch', body, token), uncached));
          }
          for (let run = 0; run < RUNS; run += 1) {
            for (const [index, { body, token }] of sent.entries()) {
              const response = await FORMS[form]?.(body, token);
              expect(response && observable(response)).toEqual(expected[index]);
            }
          }
        },
      ),
      { numRuns },
    );
    expect(compiledRuns.mock.calls.length).toBeGreaterThan(100);
    compiledRuns.mockRestore();
  }, 180_000);
});
