import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Program } from '../../src/server/compiled/compile.js';
import {
  bodyOf,
  type OperationRequest,
  requestsOfOneDocument,
  SID_PLACEHOLDERS,
} from '../support/operations.js';
import { sha256, startWireGateway, type WireAnswer, type WireGateway } from '../support/wire.js';

/** More than it takes for an operation to be compiled. */
const RUNS = 6;
const TOKENS = ['reader', 'tracker'];

/** All that a client sees of a response; the upstream gives each request another id. */
const observable = ({ status, text, headers, upstreamRequests }: WireAnswer) => ({
  status,
  text: text.replace(/RQ[0-9a-f]{32}/g, 'RQ…'),
  upstreamRequests,
  contentType: headers.get('content-type'),
});

describe('an operation', () => {
  let gateway: WireGateway;
  let sids: readonly string[];

  beforeAll(async () => {
    gateway = await startWireGateway({
      env: {
        GATEWAY_AUTH: 'token',
        GATEWAY_TOKENS: [
          `reader:${sha256('reader')}:wireless:read`,
          `tracker:${sha256('tracker')}:wireless:read+wireless:location`,
        ].join(),
        MAX_UPSTREAM_REQUESTS: '26',
      },
    });
    const { simSids, faults } = gateway.sandbox;
    sids = [0, 4, 5].map((index) => simSids[index] ?? '');
    // Malformed members of sessions and of a SIM, and a list that is none.
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
  });
  afterAll(() => gateway.close());

  function bodyWithSids(request: OperationRequest): string {
    return SID_PLACEHOLDERS.reduce(
      // A variable that is named like a SID has to stay a name.
      (body, placeholder, index) => body.replaceAll(placeholder, sids[index] ?? ''),
      bodyOf(request),
    );
  }

  /** @param path - with a query in it the request takes Yoga's own adapter, and never the fast path */
  const post = (path: string, body: string, token: string) =>
    gateway.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    });

  it('is answered the same the first time and every time after it was compiled, byte for byte', async () => {
    const compiledRuns = vi.spyOn(Program.prototype, 'run');
    await fc.assert(
      fc.asyncProperty(
        requestsOfOneDocument,
        fc.array(fc.constantFrom(...TOKENS), { minLength: 4, maxLength: 4 }),
        async (requests, tokens) => {
          const sent = requests.map((request, index) => ({
            body: bodyWithSids(request),
            token: tokens[index] ?? 'reader',
          }));
          const expected: ReturnType<typeof observable>[] = [];
          for (const { body, token } of sent) {
            expected.push(observable(await post('/graphql?by=fetch', body, token)));
          }
          for (let run = 0; run < RUNS; run += 1) {
            for (const [index, { body, token }] of sent.entries()) {
              expect(observable(await post('/graphql', body, token))).toEqual(expected[index]);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(compiledRuns.mock.calls.length).toBeGreaterThan(200);
    compiledRuns.mockRestore();
  }, 90_000);
});
