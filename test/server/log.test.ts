import { afterEach, describe, expect, it } from 'vitest';
import { sha256, startWireGateway, type WireGateway } from '../support/wire.js';

type Line = Readonly<Record<string, unknown>>;

const INFO = 30;
const DEBUG = 20;

describe('the log', () => {
  let gateway: WireGateway;

  afterEach(() => gateway.close());

  const operations = (): Line[] =>
    gateway.log.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'operation');

  it('has one line for each operation: debug for success, info for errors', async () => {
    gateway = await startWireGateway();
    const query = `query Status { sim(sid: "${gateway.sandbox.cleanSimSid}") { status } }`;
    await gateway.post({ query });
    await gateway.post({ query: 'query Wrong { sim(sid: "nonsense") { sid } }' });
    expect(operations()).toMatchObject([
      { level: DEBUG, operation: 'Status', codes: [], upstreamRequests: 1, retries: 0, caller: 'anonymous' },
      {
        level: INFO,
        operation: 'Wrong',
        codes: ['BAD_USER_INPUT'],
        upstreamRequests: 0,
        ms: expect.any(Number),
      },
    ]);
  });

  it('has no line for successful operations by default', async () => {
    gateway = await startWireGateway({ logLevel: 'info' });
    await gateway.post({ query: '{ __typename }' });
    expect(operations()).toEqual([]);
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
