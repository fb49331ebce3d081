import { Kind, parse, print } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, startTestGateway, type TestGateway } from '../support/gateway.js';
import { peer } from './peers.js';
import { sdlOf } from './supergraph.js';

type Representation = Readonly<Record<string, unknown>>;

const ENTITIES = (selection: string) => `
  query Entities($representations: [_Any!]!) {
    _entities(representations: $representations) { __typename ${selection} }
  }
`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ sandbox: { sims: 1000 } });
});
afterAll(() => gateway.close());
beforeEach(() => gateway.sandbox.clearRequests());

const entities = (representations: readonly unknown[], selection: string) =>
  gateway.sendText(ENTITIES(selection), { representations });

function entitiesIn({ data }: Answer<Record<string, unknown>>): (Record<string, unknown> | null)[] {
  return data?._entities as (Record<string, unknown> | null)[];
}

const sims = (count: number): Representation[] =>
  gateway.sandbox.simSids.slice(0, count).map((sid) => ({ __typename: 'Sim', sid }));

const globalId = (sid: string) => Buffer.from(`Sim:${sid}`).toString('base64');

describe('the subgraph SDL', () => {
  let sdl: string;
  beforeAll(async () => {
    sdl = await sdlOf(`${gateway.url}/graphql`);
  });

  it('is a schema of Federation 2, which imports each directive that it uses', () => {
    const imported =
      /@link\(url: "https:\/\/specs\.apollo\.dev\/federation\/v2\.\d+", import: \[(.*?)\]\)/.exec(sdl);
    const names = [...sdl.matchAll(/@(\w+)/g)].map(([name]) => name);
    const used = new Set(names.filter((name) => !['@link', '@deprecated', '@specifiedBy'].includes(name)));
    expect(imported?.[1]?.match(/@\w+/g)?.sort()).toEqual([...used].sort());
    expect(used).toContain('@shareable');
  });

  it('has keys of SIMs, and unresolvable keys of sessions', () => {
    expect(sdl).toMatch(/type Sim implements Node\s+@key\(fields: "sid"\)\s+@key\(fields: "id"\)/);
    expect(sdl).toMatch(
      /type DataSession\s+@key\(fields: "id", resolvable: false\)\s+@key\(fields: "sid", resolvable: false\)/,
    );
    expect(sdl).toMatch(/type PageInfo\s+@shareable/);
  });

  it('has the costs of fields and lists', () => {
    expect(fieldsOf(sdl, 'Query').get('sim')).toMatch(/@cost\(weight: \d+\)/);
    expect(fieldsOf(sdl, 'Sim').get('dataSessions')).toMatch(
      /@cost\(weight: \d+\) @listSize\(.*slicingArguments: \["first", "last"\], sizedFields: \["edges", "nodes"\]/,
    );
  });

  it('has the subscription, and its cost', () => {
    expect([...fieldsOf(sdl, 'Subscription')]).toEqual([['dataSessionEvents', '@cost(weight: 10)']]);
    expect([...fieldsOf(sdl, 'DataSessionEvent').keys()]).toEqual([
      'kind',
      'edge',
      'asOf',
      'cursor',
      'snapshotReason',
    ]);
  });

  it('omits definitions of the supergraph and the protocol', () => {
    expect([...fieldsOf(sdl, 'Query').keys()]).toEqual([
      'sim',
      'simsBySid',
      'ratePlan',
      'command',
      'sims',
      'simsCount',
      'ratePlans',
      'commands',
      'usageRecords',
      'usage',
      'caller',
      'limits',
    ]);
    expect(sdl).not.toMatch(/_Any|_Entity|_Service/);
  });
});

/** Returns the fields of a type with their directives. */
function fieldsOf(sdl: string, type: string): Map<string, string> {
  const fields = parse(sdl).definitions.flatMap((node) =>
    node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === type ? (node.fields ?? []) : [],
  );
  return new Map(fields.map(({ name, directives = [] }) => [name.value, directives.map(print).join(' ')]));
}

describe('references to SIMs from other subgraphs', () => {
  it('are resolved in their order, by either key', async () => {
    const [first, second] = gateway.sandbox.simSids;
    const answer = await entities(
      [
        { __typename: 'Sim', sid: second },
        { __typename: 'Sim', id: globalId(String(first)) },
      ],
      '... on Sim { sid id }',
    );
    expect(entitiesIn(answer)).toEqual([
      { __typename: 'Sim', sid: second, id: globalId(String(second)) },
      { __typename: 'Sim', sid: first, id: globalId(String(first)) },
    ]);
  });

  it('take one upstream request for a hundred SIMs in an account of a thousand', async () => {
    const answer = await entities(sims(100), '... on Sim { sid status friendlyName }');
    expect(entitiesIn(answer).map((sim) => sim?.sid)).toEqual(gateway.sandbox.simSids.slice(0, 100));
    expect(answer.upstreamPaths).toEqual(['/v1/Sims']);
  });

  it('take no request for the record if only sessions are selected', async () => {
    const answer = await entities(
      sims(3),
      '... on Sim { dataSessions(first: 1) { edges { node { sid } } } }',
    );
    expect(answer.errors).toBeUndefined();
    expect([...answer.upstreamPaths].sort()).toEqual(
      gateway.sandbox.simSids
        .slice(0, 3)
        .map((sid) => `/v1/Sims/${sid}/DataSessions`)
        .sort(),
    );
  });

  it('to a SIM that does not exist are null without an error', async () => {
    const unknown = { __typename: 'Sim', sid: `DE${'0'.repeat(32)}` };
    const answer = await entities([...sims(1), unknown], '... on Sim { status }');
    expect(entitiesIn(answer)).toEqual([{ __typename: 'Sim', status: 'ACTIVE' }, null]);
    expect(answer.errors).toBeUndefined();
  });

  it('that are invalid have separate errors and do not affect the others', async () => {
    const senseless = [
      { __typename: 'Rocket', sid: 'R1' },
      { sid: 'DE1' },
      { __typename: 'DataSession', id: 'x' },
      'Sim',
      { __typename: 'Sim' },
      { __typename: 'Sim', sid: 7 },
      { __typename: 'Sim', sid: '../Sims' },
      { __typename: 'Sim', id: 'not an id' },
    ];
    const answer = await entities([...senseless, ...sims(1)], '... on Sim { sid }');
    expect(entitiesIn(answer)).toEqual([
      ...senseless.map(() => null),
      { __typename: 'Sim', sid: gateway.sandbox.simSids[0] },
    ]);
    const places = answer.errors?.map(({ path, extensions }) => [path?.[1], extensions?.code]);
    expect(places?.sort()).toEqual(senseless.map((_, place) => [place, 'BAD_USER_INPUT']));
  });
});

interface TraceNode {
  readonly responseName?: string;
  readonly index?: number;
  readonly type?: string;
  readonly parentType?: string;
  readonly originalFieldName?: string;
  readonly startTime?: unknown;
  readonly endTime?: unknown;
  readonly child?: readonly TraceNode[];
  readonly error?: readonly { readonly message: string; readonly json: string }[];
}

interface DecodedTrace {
  readonly root: TraceNode;
  readonly durationNs: unknown;
  readonly startTime: { readonly seconds: unknown };
}

const { Trace } = peer<{ Trace: { decode(bytes: Uint8Array): DecodedTrace } }>(
  '@apollo/usage-reporting-protobuf',
);

describe('inline traces', () => {
  async function ask(query: string, headers: Record<string, string>) {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as { extensions: { ftv1?: string } };
  }

  async function traceOf(query: string): Promise<DecodedTrace> {
    const { extensions } = await ask(query, { 'apollo-federation-include-trace': 'ftv1' });
    return Trace.decode(Buffer.from(extensions.ftv1 ?? '', 'base64'));
  }

  it('are only returned to a router that requests them', async () => {
    expect((await ask('{ __typename }', {})).extensions).not.toHaveProperty('ftv1');
    expect((await traceOf('{ _service { sdl } }')).root.child).toMatchObject([
      { responseName: '_service', type: '_Service!', child: [{ responseName: 'sdl' }] },
    ]);
  });

  it('have the times of all fields, including lists and aliases', async () => {
    const [sid] = gateway.sandbox.simSids;
    const before = Math.floor(Date.now() / 1000);
    const { root, durationNs, startTime } = await traceOf(
      `{ it: sim(sid: "${sid}") { dataSessions(first: 2) { edges { node { start } } } } }`,
    );
    expect(Number(startTime.seconds)).toBeGreaterThanOrEqual(before);
    const [sim] = root.child ?? [];
    expect(sim).toMatchObject({
      responseName: 'it',
      originalFieldName: 'sim',
      type: 'Sim',
      parentType: 'Query',
    });
    const times = [sim?.startTime, sim?.endTime, durationNs].map(Number);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const edges = sim?.child?.[0]?.child?.[0];
    expect(edges).toMatchObject({
      responseName: 'edges',
      child: [{ index: 0 }, { index: 1 }].map((item) => ({
        ...item,
        child: [{ responseName: 'node', child: [{ responseName: 'start', type: 'DateTime' }] }],
      })),
    });
  });

  it('have masked errors at their fields', async () => {
    const { root } = await traceOf('{ sim(sid: "DE1") { sid } }');
    const [error] = root.child?.[0]?.error ?? [];
    expect(error?.message).toMatch(/^Invalid Sim SID/);
    expect(JSON.parse(error?.json ?? '')).toMatchObject({
      path: ['sim'],
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });
});
