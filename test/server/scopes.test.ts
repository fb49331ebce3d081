import { readFileSync } from 'node:fs';
import { isNonNullType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/resources/scopes.js';
import { scopeCacheKey } from '../../src/resources/viewer.js';
import { schema } from '../support/schema.js';
import { codesOf, sha256, startWireGateway, type WireAnswer, type WireGateway } from '../support/wire.js';

const pathsOf = ({ body }: WireAnswer) => (body?.errors ?? []).map(({ path = [] }) => path.join('.'));

const SESSIONS = `query ($sid: ID!) {
  sim(sid: $sid) {
    status
    iccid
    dataSessions(first: 2) {
      edges { node { start cellId cellLocationEstimate { lat lon } imei operatorName } }
    }
  }
}`;

const dataOf = <T>({ body }: WireAnswer) => body?.data as T;

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

  it('reject each field of Query without wireless:read, and send no upstream request', async () => {
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

  it('null location fields without wireless:location, with one error for all rows', async () => {
    const answer = await post('token-to-read', SESSIONS, { sid });
    expect(answer.status).toBe(200);
    const withheld = { cellId: null, cellLocationEstimate: null, imei: null };
    const node = { ...withheld, start: expect.any(String), operatorName: expect.any(String) };
    expect(answer.body?.data).toEqual({
      sim: { status: expect.any(String), iccid: null, dataSessions: { edges: [{ node }, { node }] } },
    });
    expect(codesOf(answer)).toEqual(Array(4).fill('FORBIDDEN'));
    expect(answer.body?.errors?.every(({ message }) => message.includes('wireless:location'))).toBe(true);
    expect(pathsOf(answer)).toEqual([
      'sim.dataSessions.edges.0.node.cellId',
      'sim.dataSessions.edges.0.node.cellLocationEstimate',
      'sim.dataSessions.edges.0.node.imei',
      'sim.iccid',
    ]);
    expect(answer.body?.errors?.[0]?.message).toContain('in every item of the list');
    expect(answer.body?.errors?.[3]?.message).not.toContain('list');
  });

  it('give as many errors for a window of 1,000 as for one of 2, compiled or not', async () => {
    const query =
      'query ($sid: ID!, $n: Int) { sim(sid: $sid) { dataSessions(first: $n) { edges { node { imei cellId } } } } }';
    for (let run = 0; run < 6; run += 1) {
      const answer = await post('token-to-read', query, { sid, n: 1000 });
      const { edges } = dataOf<{ sim: { dataSessions: { edges: unknown[] } } }>(answer).sim.dataSessions;
      expect(edges.length).toBeGreaterThan(50);
      expect(edges).toEqual(edges.map(() => ({ node: { imei: null, cellId: null } })));
      expect(pathsOf(answer)).toEqual([
        'sim.dataSessions.edges.0.node.cellId',
        'sim.dataSessions.edges.0.node.imei',
      ]);
    }
  });

  it('give each field of the response a separate error, for aliases and spread fragments too', async () => {
    const query = `query ($sid: ID!) {
      a: sim(sid: $sid) { ...Part iccid again: iccid }
      b: sim(sid: $sid) { ...Part ...Part }
    }
    fragment Part on Sim { iccid window: dataSessions(first: 2) { edges { node { imei } } } }`;
    const answer = await post('token-to-read', query, { sid });
    expect(pathsOf(answer)).toEqual([
      'a.again',
      'a.iccid',
      'a.window.edges.0.node.imei',
      'b.iccid',
      'b.window.edges.0.node.imei',
    ]);
  });

  it('give one error for all entities, and for all nodes', async () => {
    const selection = '... on Sim { sid iccid dataSessions(first: 2) { edges { node { imei } } } }';
    const sids = gateway.sandbox.simSids.slice(0, 4);
    const entities = await post(
      'token-to-read',
      `query ($r: [_Any!]!) { _entities(representations: $r) { ${selection} } }`,
      { r: sids.map((each) => ({ __typename: 'Sim', sid: each })) },
    );
    const nodes = await post('token-to-read', `query ($ids: [ID!]!) { nodes(ids: $ids) { ${selection} } }`, {
      ids: sids.map((each) => Buffer.from(`Sim:${each}`).toString('base64')),
    });
    for (const [answer, field] of [
      [entities, '_entities'],
      [nodes, 'nodes'],
    ] as const) {
      const found = dataOf<Record<string, { sid: string; iccid: null }[]>>(answer)[field];
      expect(found?.map((each) => [each.sid, each.iccid])).toEqual(sids.map((each) => [each, null]));
      const withoutIndexes = pathsOf(answer).map((path) => path.replace(/\.\d+/g, ''));
      expect(withoutIndexes.sort()).toEqual([`${field}.dataSessions.edges.node.imei`, `${field}.iccid`]);
    }
  });

  it('give one error in an incremental response, in the part with the first row', async () => {
    const query = `{ sim(sid: "${sid}") { iccid ... @defer { dataSessions(first: 3) { edges { node { imei } } } } } }`;
    const { text } = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', accept: 'multipart/mixed' },
        authorization: 'Bearer token-to-read',
      },
      body: JSON.stringify({ query }),
    });
    expect(text.match(/FORBIDDEN/g)).toHaveLength(2);
    expect(text).toContain('"path":["sim","iccid"]');
    expect(text).toContain('"path":["sim","dataSessions","edges",0,"node","imei"]');
  });

  it('are all part of the key of cached responses, each by itself', () => {
    const sets = SCOPES.reduce<Scope[][]>((all, scope) => all.flatMap((set) => [set, [...set, scope]]), [[]]);
    const keys = sets.map((scopes) => scopeCacheKey({ scopes: new Set(scopes) }));
    expect(sets).toHaveLength(2 ** SCOPES.length);
    expect(new Set(keys).size).toBe(sets.length);
    expect(new Set(keys.map(({ length }) => length)).size).toBe(1);
  });

  it('restrict nullable fields only, so that no object is nulled', () => {
    const withheld = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) => Object.values(type.getFields()))
      .filter(({ extensions }) => extensions.scope !== undefined);
    expect(withheld.map(({ name }) => name).sort()).toEqual([
      'cellId',
      'cellLocationEstimate',
      'command',
      'eId',
      'iccid',
      'imei',
    ]);
    expect(withheld.filter(({ type }) => isNonNullType(type))).toEqual([]);
  });

  it('allow all fields with wireless:location', async () => {
    const answer = await post('token-to-track', SESSIONS, { sid });
    expect(codesOf(answer)).toEqual([]);
    expect(JSON.stringify(answer.body?.data)).not.toContain('null');
  });

  it('prevent requests that only a restricted field needs', async () => {
    const query = `{ sim(sid: "${sid}") { iccid dataSessions(first: 1) { edges { cursor } } } }`;
    expect((await post('token-to-read', query)).upstreamRequests).toBe(1);
    expect((await post('token-to-track', query)).upstreamRequests).toBe(2);
  });

  it('are all granted with anonymous access', async () => {
    const open = await startWireGateway();
    const answer = await open.post({ query: SESSIONS, variables: { sid: open.sandbox.cleanSimSid } });
    expect(codesOf(answer)).toEqual([]);
    await open.close();
  });

  it('are in the schema as a directive and in the descriptions', () => {
    const sdl = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
    for (const field of [
      'cellId: String',
      'cellLocationEstimate: CellLocationEstimate',
      'imei: String',
      'iccid: String',
      'eId: String',
    ]) {
      const line = sdl.split('\n').findIndex((text) => text.startsWith(`  ${field}`));
      const lines = sdl
        .split('\n')
        .slice(line - 4, line + 1)
        .join('\n');
      expect(lines, field).toContain('Needs the scope `wireless:location`.');
      expect(sdl.split('\n')[line]).toContain('@requiresScopes(scopes: [["wireless:location"]])');
    }
  });
});
