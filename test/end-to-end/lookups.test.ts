import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ sandbox: { sims: 12 } });
});
afterAll(() => gateway.close());

const SIM = `query ($sid: ID, $uniqueName: String, $iccid: String) {
  sim(sid: $sid, uniqueName: $uniqueName, iccid: $iccid) { id sid uniqueName iccid }
}`;

async function sim(variables: Record<string, string | null>) {
  const { data, errors, upstreamRequests } = await gateway.sendText(SIM, variables);
  return {
    sid: (data?.sim as { sid: string } | null | undefined)?.sid ?? null,
    codes: (errors ?? []).map(({ extensions }) => extensions?.code),
    messages: (errors ?? []).map(({ message }) => message),
    requests: upstreamRequests,
  };
}

describe('a SIM', () => {
  test.each([
    ['spaces and a slash', 'van 7 / north'],
    ['any script', 'Λιμάνι · 港 · ⚓'],
    ['characters of URLs', 'a?b=c&d#e%2F+;:@'],
    ['dots and slashes', '../../v1/RatePlans'],
    ['an escape sequence that would be a slash', '..%2f..%2fRatePlans'],
  ])('is found by a unique name with %s, with one request below its path', async (_what, name) => {
    const { sid } = gateway.sandbox.addSim({ unique_name: name });
    const found = await sim({ uniqueName: name });
    expect([found.sid, found.codes]).toEqual([sid, []]);
    expect(found.requests.map(({ path }) => path)).toEqual([`/v1/Sims/${encodeURIComponent(name)}`]);
  });

  test('is never looked for outside the path of SIMs, whatever its unique name is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 40 }), async (name) => {
        const { sid, requests, codes } = await sim({ uniqueName: name });
        expect(sid).toBeNull();
        if (codes.length > 0) {
          expect([codes, requests]).toEqual([['BAD_USER_INPUT'], []]);
          return;
        }
        const [request, ...others] = requests;
        expect(others).toEqual([]);
        const [, version, collection, segment = '', ...further] = request?.path.split('/') ?? [];
        expect([version, collection, further]).toEqual(['v1', 'Sims', []]);
        expect(decodeURIComponent(segment)).toBe(name);
        expect(['', '.', '..']).not.toContain(segment);
      }),
      { numRuns: 100, examples: [['.'], ['..'], ['%2e%2e'], ['/'], ['']] },
    );
  });

  test.each(['.', '..', '', 'x'.repeat(257)])(
    'is not looked for by %j, which cannot be a unique name',
    async (name) => {
      const { sid, codes, requests, messages } = await sim({ uniqueName: name });
      expect([sid, codes, requests]).toEqual([null, ['BAD_USER_INPUT'], []]);
      expect(messages[0]).toContain('expected 1 to 256 Unicode characters');
    },
  );

  test('is not found by the SID of another SIM in place of a unique name', async () => {
    const [sid = ''] = gateway.sandbox.simSids;
    const found = await sim({ uniqueName: sid });
    expect([found.sid, found.codes]).toEqual([null, []]);
  });

  test('is found by its ICCID, and by no part of it', async () => {
    const record = gateway.sandbox.sims[3];
    const iccid = String(record?.iccid);
    const found = await sim({ iccid });
    expect([found.sid, found.requests.length]).toEqual([record?.sid, 1]);
    expect(found.requests[0]?.query.get('Iccid')).toBe(iccid);
    // An upstream that takes a part of an ICCID returns a SIM that was not asked for.
    const remove = gateway.sandbox.faults.add({
      kind: 'mutate',
      path: '/v1/Sims',
      mutate: (body) => ({ ...body, sims: [record] }),
    });
    const partial = await sim({ iccid: iccid.slice(0, 10) }).finally(remove);
    expect([partial.sid, partial.codes]).toEqual([null, []]);
  });

  test.each([
    ['no argument', {}],
    ['null', { sid: null }],
    ['two arguments', { uniqueName: 'a', iccid: '1' }],
  ])('is an error with %s', async (_what, variables) => {
    const { sid, codes, requests, messages } = await sim(variables);
    expect([sid, codes, requests]).toEqual([null, ['BAD_USER_INPUT'], []]);
    expect(messages[0]).toContain('exactly one of the arguments `sid`, `uniqueName`, `iccid`');
  });

  test('that was found by its name is not fetched again by its SID, and leads to its lists', async () => {
    const name = String(gateway.sandbox.sims[0]?.unique_name);
    const { data, upstreamPaths } = await gateway.sendText(
      `query ($name: String) {
        sim(uniqueName: $name) { friendlyName dataSessions(first: 1) { nodes { sim { status } } } }
      }`,
      { name },
    );
    expect(data?.sim).toMatchObject({ dataSessions: { nodes: [{ sim: { status: 'ACTIVE' } }] } });
    expect(upstreamPaths).toHaveLength(2);
  });
});

describe('several SIMs', () => {
  test('are fetched by their SIDs in order, many with one listing, null for each that is unknown', async () => {
    const sids = [...gateway.sandbox.simSids.slice(0, 12), `DE${'f'.repeat(32)}`].reverse();
    const { data, upstreamPaths } = await gateway.sendText(
      'query ($sids: [ID!]!) { simsBySid(sids: $sids) { sid status } }',
      { sids },
    );
    const found = (data as { simsBySid: ({ sid: string } | null)[] }).simsBySid;
    expect(found.map((sim) => sim?.sid ?? null)).toEqual([null, ...sids.slice(1)]);
    expect(upstreamPaths).toEqual(['/v1/Sims', `/v1/Sims/${sids[0]}`]);
  });

  test('have an error for each invalid SID alone', async () => {
    const [sid = ''] = gateway.sandbox.simSids;
    const { data, errors } = await gateway.sendText(
      'query ($sids: [ID!]!) { simsBySid(sids: $sids) { sid } }',
      {
        sids: [sid, 'none'],
      },
    );
    expect(data).toEqual({ simsBySid: [{ sid }, null] });
    expect(errors).toMatchObject([{ path: ['simsBySid', 1], extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('a rate plan', () => {
  test('is found by its unique name', async () => {
    const { data, upstreamPaths } = await gateway.sendText(
      '{ ratePlan(uniqueName: "pay-as-you-go") { friendlyName } }',
    );
    expect(data).toEqual({ ratePlan: { friendlyName: 'pay as you go' } });
    expect(upstreamPaths).toEqual(['/v1/RatePlans/pay-as-you-go']);
  });
});
