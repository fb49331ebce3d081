import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codesOf, sha256, startWireGateway, type WireGateway } from '../support/wire.js';

const SESSIONS = `query ($sid: ID!) {
  sim(sid: $sid) {
    status
    iccid
    dataSessions(first: 2) {
      edges { node { start cellId cellLocationEstimate { lat lon } imei operatorName } }
    }
  }
}`;

describe('scopes', () => {
  let gateway: WireGateway;
  let sid: string;

  beforeAll(async () => {
    gateway = await startWireGateway({
      env: {
        GATEWAY_AUTH: 'token',
        GATEWAY_TOKENS: [
          `none:${sha256('token-without-read')}:wireless:location`,
          `reader:${sha256('token-to-read')}:wireless:read`,
          `tracker:${sha256('token-to-track')}:wireless:read+wireless:location`,
        ].join(','),
      },
    });
    sid = gateway.sandbox.cleanSimSid;
  });
  afterAll(() => gateway.close());

  const post = (token: string, query: string, variables?: object) =>
    gateway.post({ query, variables }, { authorization: `Bearer ${token}` });

  it('refuses every field of Query without wireless:read, and asks the upstream for nothing', async () => {
    const id = Buffer.from(`Sim:${sid}`).toString('base64');
    const fields = [
      `sim(sid: "${sid}") { sid }`,
      `node(id: "${id}") { id }`,
      `nodes(ids: ["${id}"]) { id }`,
      `_entities(representations: [{ __typename: "Sim", sid: "${sid}" }]) { __typename }`,
      '_service { sdl }',
    ];
    for (const field of fields) {
      const answer = await post('token-without-read', `{ ${field} }`);
      expect(codesOf(answer), field).toEqual(['FORBIDDEN']);
      expect(answer.body?.errors?.[0]?.message).toContain('wireless:read');
      expect(answer.upstreamRequests).toBe(0);
      expect(codesOf(await post('token-to-read', `{ ${field} }`)), field).toEqual([]);
    }
  });

  it('answers location fields with null and an error each without wireless:location, and all others', async () => {
    const answer = await post('token-to-read', SESSIONS, { sid });
    expect(answer.status).toBe(200);
    const withheld = { cellId: null, cellLocationEstimate: null, imei: null };
    const node = { ...withheld, start: expect.any(String), operatorName: expect.any(String) };
    expect(answer.body?.data).toEqual({
      sim: { status: expect.any(String), iccid: null, dataSessions: { edges: [{ node }, { node }] } },
    });
    expect(codesOf(answer)).toEqual(Array(7).fill('FORBIDDEN'));
    expect(answer.body?.errors?.every(({ message }) => message.includes('wireless:location'))).toBe(true);
    expect(answer.body?.errors?.map(({ path }) => path?.join('.'))).toContain(
      'sim.dataSessions.edges.1.node.imei',
    );
  });

  it('answers all of it with wireless:location', async () => {
    const answer = await post('token-to-track', SESSIONS, { sid });
    expect(codesOf(answer)).toEqual([]);
    expect(JSON.stringify(answer.body?.data)).not.toContain('null');
  });

  it('asks for no record that only a withheld field needs', async () => {
    const query = `{ sim(sid: "${sid}") { iccid dataSessions(first: 1) { edges { cursor } } } }`;
    expect((await post('token-to-read', query)).upstreamRequests).toBe(1);
    expect((await post('token-to-track', query)).upstreamRequests).toBe(2);
  });

  it('gives everybody every scope where nobody has to say who they are', async () => {
    const open = await startWireGateway();
    const answer = await open.post({ query: SESSIONS, variables: { sid: open.sandbox.cleanSimSid } });
    expect(codesOf(answer)).toEqual([]);
    await open.close();
  });

  it('are visible in the schema: to routers as a directive, to people in the descriptions', () => {
    const sdl = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
    for (const field of [
      'cellId: String',
      'cellLocationEstimate: CellLocationEstimate',
      'imei: String',
      'iccid: String',
    ]) {
      const line = sdl.split('\n').findIndex((text) => text.includes(`  ${field}`));
      const lines = sdl
        .split('\n')
        .slice(line - 4, line + 1)
        .join('\n');
      expect(lines, field).toContain('Needs the scope `wireless:location`.');
      expect(sdl.split('\n')[line]).toContain('@requiresScopes(scopes: [["wireless:location"]])');
    }
  });
});
