import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionsPage, WholeSim } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const HEX = '0123456789abcdef0123456789abcdef';

let gateway: TestGateway;
let sid: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  sid = gateway.sandbox.simSids[0] ?? '';
});
afterAll(() => gateway.close());

describe('a SID', () => {
  test.each([
    ['nothing', ''],
    ['one digit short', `DE${HEX.slice(1)}`],
    ['one digit long', `DE${HEX}0`],
    ['of another resource', `WN${HEX}`],
    ['with its prefix in small letters', `de${HEX}`],
    ['with a letter that is no digit', `DE${HEX.slice(1)}g`],
    ['with a line behind it', `DE${HEX}\n`],
    ['a unique name', 'delivery-van-7'],
    ['a path', `DE${HEX}/../../RatePlans`],
    ['a path in disguise', `DE${HEX.slice(6)}%2e%2e`],
    ['a query', `DE${HEX}?PageSize=1`],
    ['a number', 7],
  ])('that is %s is rejected without a request', async (_, bad) => {
    for (const document of [WholeSim, SessionsPage]) {
      const { data, errors, upstreamPaths } = await gateway.send<unknown, { sid: string | number }>(
        document,
        {
          sid: bad,
        },
      );
      expect(data).toEqual({ sim: null });
      expect(errors).toMatchObject([{ path: ['sim'], extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(errors?.[0]?.message).toContain('expected `DE` followed by 32 hexadecimal digits');
      expect(upstreamPaths).toEqual([]);
    }
  });

  test('is accepted with capital letters too', async () => {
    const { errors } = await gateway.send(WholeSim, { sid: `DE${HEX.toUpperCase()}` });
    expect(errors).toBeUndefined();
  });
});

describe('a connection argument', () => {
  test.each([
    [{ first: 5, after: '' }, { first: 5 }],
    [{ first: 5, before: '' }, { first: 5 }],
    [{ last: 5, before: '' }, { last: 5 }],
    [{ after: '', before: '' }, {}],
  ])('that is an empty cursor counts as absent: %o', async (args, same) => {
    const answer = await gateway.send(SessionsPage, { sid, ...args });
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual((await gateway.send(SessionsPage, { sid, ...same })).data);
  });

  test.each([
    [{ first: -1 }, '`first` is -1: expected an integer from 0 to 1000'],
    [{ last: -1 }, '`last` is -1: expected an integer from 0 to 1000'],
    [{ first: 1001 }, '`first` is 1001: the limit is 1000 records'],
    [{ last: 2147483647 }, '`last` is 2147483647: the limit is 1000 records'],
    [{ first: 1, last: 1 }, 'expected one of them'],
    [{ first: 0, last: 0 }, 'expected one of them'],
    [{ after: ' ' }, 'Pass the `cursor` of an edge'],
    [{ before: ' ' }, 'Pass the `cursor` of an edge'],
    [{ after: 'nonsense' }, 'Invalid `after` cursor'],
    [{ before: 'w5.AAAA.0-0-0-0' }, 'Invalid `before` cursor'],
    [{ after: 'w1.AAAA.0-0-0-0' }, 'another version'],
    [{ after: Buffer.from('arrayconnection:5').toString('base64') }, 'Invalid `after` cursor'],
    [{ after: 'https://wireless.twilio.com/v1/Sims?PageToken=x' }, 'Invalid `after` cursor'],
    [{ after: 'x'.repeat(100_000) }, 'Invalid `after` cursor'],
    [{ first: -1, after: 'nonsense' }, '`first` is -1'],
  ])('%o is rejected with what is expected, without a request', async (args, message) => {
    const answer = await gateway.send(SessionsPage, { sid, ...args });
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ sim: { sid, dataSessions: null } });
    expect(answer.errors).toMatchObject([
      { path: ['sim', 'dataSessions'], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(answer.errors?.[0]?.message).toContain(message);
    expect(answer.upstreamPaths).toEqual([]);
  });

  test.each([
    ['first', 1.5],
    ['first', '10'],
    ['first', 2147483648],
    ['after', 5],
    ['before', ['a', 'b']],
  ])('%s of a wrong type (%o) is rejected before execution', async (name, value) => {
    const type = name === 'first' ? 'Int' : 'String';
    const { data, errors, upstreamPaths } = await gateway.sendText(
      `query ($sid: ID!, $value: ${type}) { sim(sid: $sid) { dataSessions(${name}: $value) { edges { cursor } } } }`,
      { sid, value },
    );
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(upstreamPaths).toEqual([]);
  });

  test('that is invalid does not affect the other windows of the SIM', async () => {
    const { data, errors, upstreamRequests } = await gateway.sendText(
      `query ($sid: ID!) { sim(sid: $sid) {
        bad: dataSessions(first: -1) { edges { cursor } }
        good: dataSessions(first: 1) { edges { node { __typename } } }
      } }`,
      { sid },
    );
    expect(data).toEqual({ sim: { bad: null, good: { edges: [{ node: { __typename: 'DataSession' } }] } } });
    expect(errors).toMatchObject([{ path: ['sim', 'bad'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(upstreamRequests).toHaveLength(1);
  });
});

describe('a global ID', () => {
  test.each([
    ['nonsense', 'Pass an `id` returned by this API'],
    ['', 'Pass an `id` returned by this API'],
    [Buffer.from('Sim').toString('base64'), 'Pass an `id` returned by this API'],
    [Buffer.from('Sim:').toString('base64'), 'Pass an `id` returned by this API'],
    [`${Buffer.from(`Sim:DE${HEX}`).toString('base64')} `, 'Pass an `id` returned by this API'],
    [Buffer.from('Sim:DE123').toString('base64'), 'expected `DE` followed by 32 hexadecimal digits'],
  ])('%o is rejected with what is expected, without a request', async (id, message) => {
    const { data, errors, upstreamPaths } = await gateway.sendText(
      'query ($id: ID!) { node(id: $id) { id } }',
      { id },
    );
    expect(data).toEqual({ node: null });
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors?.[0]?.message).toContain(message);
    expect(upstreamPaths).toEqual([]);
  });
});

test('an invalid document is rejected with a parse or validation code', async () => {
  for (const [query, code] of [
    ['{ sim', 'GRAPHQL_PARSE_FAILED'],
    ['{ card }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ command { sid } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ sim { sid } }', 'BAD_USER_INPUT'],
  ] as const) {
    const { errors, upstreamPaths } = await gateway.sendText(query);
    expect(errors?.map(({ extensions }) => extensions?.code)).toContain(code);
    expect(upstreamPaths).toEqual([]);
  }
});
