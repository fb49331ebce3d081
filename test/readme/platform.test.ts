import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpServer } from '../interop/http-server.js';
import { serveDevices } from '../interop/neighbours.js';
import { peer } from '../interop/peers.js';
import { COMPOSERS, composeSdls, sdlOf } from '../interop/supergraph.js';
import { openEvents } from '../support/event-stream.js';
import { freePort } from '../support/free-port.mjs';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { sha256 } from '../support/wire.js';
import { type Ports, portOf } from './blocks.js';
import { Project, type Running, runIn } from './project.js';
import { type Clone, cloneRepository } from './repository.js';

const TIMEOUT_MS = 120_000;

const TOKEN = 'the-token-of-the-router';

/** What the router must not have, since it enforces nothing. */
const LOCATION_TOKEN = 'a-token-with-both-scopes';

/** What rover reads of `supergraph.yaml`. */
interface SupergraphConfig {
  readonly subgraphs: Record<
    string,
    {
      readonly routing_url: string;
      readonly schema: { readonly file?: string; readonly subgraph_url?: string };
    }
  >;
}

interface Answer {
  readonly data?: {
    readonly device: {
      readonly sim: { readonly status: string; readonly iccid: string | null; readonly dataSessions: object };
    };
  };
  readonly errors?: readonly { readonly path: unknown; readonly extensions: { readonly code: string } }[];
}

const { parse: parseYaml } = peer<{ parse(text: string): unknown }>('yaml');

let gateway: TestGateway;
let devices: HttpServer;
let clone: Clone;
let project: Project;
let router: number;
let ports: Ports;
beforeAll(async () => {
  gateway = await startTestGateway({
    env: {
      GATEWAY_AUTH: 'token',
      GATEWAY_TOKENS:
        `router:${sha256(TOKEN)}:wireless:read,` +
        `other:${sha256(LOCATION_TOKEN)}:wireless:read+wireless:location`,
    },
  });
  devices = await serveDevices(gateway.sandbox.simSids);
  router = await freePort();
  ports = { gateway: portOf(gateway.url), devices: portOf(devices.url), router };
  project = await Project.create(ports, [
    'supergraph.yaml',
    'router.yaml',
    'config.yaml',
    'gateway.config.ts',
    'apollo-gateway.ts',
  ]);
  clone = await cloneRepository();
  await runIn(clone.folder, project.block('subgraph'));
  await takeSdl();
}, TIMEOUT_MS);
afterAll(() => Promise.all([gateway?.close(), devices?.close(), project?.remove(), clone?.remove()]));

/** Takes the SDL that was printed in the repository to the platform team's project. */
async function takeSdl(): Promise<void> {
  const name = 'wireless.subgraph.graphql';
  await cp(join(clone.folder, name), join(project.folder, name));
}

/** Composes what `supergraph.yaml` names, with the library that rover runs or with The Guild's. */
async function compose(composer: (typeof COMPOSERS)[number]): Promise<void> {
  const { subgraphs } = parseYaml(await project.read('supergraph.yaml')) as SupergraphConfig;
  const services = Object.entries(subgraphs).map(async ([name, { routing_url: url, schema }]) => ({
    name,
    url,
    sdl:
      schema.file === undefined ? await sdlOf(String(schema.subgraph_url)) : await project.read(schema.file),
  }));
  await project.write('supergraph.graphql', composeSdls(composer, await Promise.all(services)));
}

/** What Cosmo Router executes. */
interface EngineConfig {
  readonly fieldConfigurations: readonly { readonly fieldName: string }[];
  /** Of each subgraph, in their order. */
  readonly datasourceConfigurations: readonly [
    { readonly rootNodes: readonly object[]; readonly customGraphql: { readonly subscription: object } },
  ];
}

/** Composes what `graph.yaml` names, with wgc. */
async function composeWithCosmo(): Promise<EngineConfig> {
  const cosmo = await Project.create(ports, ['graph.yaml', 'devices.graphql'], 'cosmo');
  await cosmo.write('wireless.subgraph.graphql', await project.read('wireless.subgraph.graphql'));
  await cosmo.run(cosmo.block('cosmo'));
  const { engineConfig } = JSON.parse(await cosmo.read('config.json'));
  await cosmo.remove();
  return engineConfig;
}

/** Asks the router as a caller without any token. */
async function askRouter(path: string): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${router}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `{ device(serial: "SN-0") {
        sim { status iccid dataSessions(first: 2) { edges { node { sid invoice } } } }
      } }`,
    }),
  });
  return (await response.json()) as Answer;
}

/** The answer through a router: whole, but for what its token does not open. */
function expectNoLocation({ data, errors }: Answer): void {
  const [sid = ''] = gateway.sandbox.simSids;
  const edges = gateway.sandbox
    .sessions(sid)
    .slice(0, 2)
    .map(({ sid }) => ({ node: { sid, invoice: `invoice of ${sid}` } }));
  expect(data?.device.sim).toEqual({ status: 'ACTIVE', iccid: null, dataSessions: { edges } });
  expect(errors).toMatchObject([{ path: ['device', 'sim', 'iccid'], extensions: { code: 'FORBIDDEN' } }]);
}

describe('Documents, federation', { timeout: TIMEOUT_MS }, () => {
  it('the SDL that the repository prints is the one that the gateway answers', async () => {
    const sdl = await sdlOf(`${gateway.url}/graphql`, { authorization: `Bearer ${TOKEN}` });
    expect((await project.read('wireless.subgraph.graphql')).trim()).toBe(sdl.trim());
  });

  it('wgc composes graph.yaml, with scopes and costs', async () => {
    const engineConfig = await composeWithCosmo();
    const cellId = engineConfig.fieldConfigurations.find(({ fieldName }) => fieldName === 'cellId');
    expect(JSON.stringify(cellId)).toContain('wireless:location');
    expect(JSON.stringify(engineConfig)).toContain('"listSize');
  });

  it('wgc composes the subscription for Server-Sent Events by POST', async () => {
    const [wireless] = (await composeWithCosmo()).datasourceConfigurations;
    expect(wireless.rootNodes).toContainEqual({
      typeName: 'Subscription',
      fieldNames: ['dataSessionEvents'],
    });
    expect(wireless.customGraphql.subscription).toMatchObject({
      enabled: true,
      url: { staticVariableContent: `${gateway.url}/graphql`.replace('127.0.0.1', 'localhost') },
      protocol: 'GRAPHQL_SUBSCRIPTION_PROTOCOL_SSE_POST',
    });
  });

  describe.each(COMPOSERS)('Hive Gateway with a supergraph composed by %s', (composer) => {
    let hive: Running;
    beforeAll(async () => {
      await compose(composer);
      hive = await project.start(project.block('hive'), 'Listening', { WIRELESS_TOKEN: TOKEN });
    }, TIMEOUT_MS);
    afterAll(() => hive?.close());

    it('joins the subgraphs, and shows a caller without a token nothing that the router token does not open', async () => {
      expectNoLocation(await askRouter('/graphql'));
    });

    it('passes on the events of a subscription, and nothing that the router token does not open', async () => {
      const [sid] = gateway.sandbox.simSids;
      const query = `subscription {
        dataSessionEvents(simSid: "${sid}") { kind edge { node { sid cellId } } }
      }`;
      const events = await openEvents(`http://127.0.0.1:${router}`, { query });
      const event = { kind: 'SNAPSHOT', edge: { node: { sid: expect.any(String), cellId: null } } };
      expect(await events.next()).toMatchObject({
        data: { dataSessionEvents: event },
        errors: [
          { path: ['dataSessionEvents', 'edge', 'node', 'cellId'], extensions: { code: 'FORBIDDEN' } },
        ],
      });
      events.close();
    });
  });

  it('Hive Gateway with a token that opens locations shows them to a caller without any', async () => {
    await compose('@apollo/composition');
    const hive = await project.start(project.block('hive'), 'Listening', { WIRELESS_TOKEN: LOCATION_TOKEN });
    try {
      const { data, errors } = await askRouter('/graphql');
      expect(errors).toBeUndefined();
      expect(data?.device.sim.iccid).toEqual(expect.any(String));
    } finally {
      await hive.close();
    }
  });

  describe('@apollo/gateway', () => {
    const start = async () => {
      await project.use('apollo-server.js');
      const file = await project.bundle('apollo-server.js', 'node');
      return project.start(`node ${file}`, 'ready at', { WIRELESS_TOKEN: TOKEN, PORT: String(router) });
    };

    it('refuses a supergraph with scopes', async () => {
      await compose('@apollo/composition');
      await expect(start()).rejects.toThrow(/requiresScopes.* is unsupported/);
    });

    it('serves one without them, and the gateway enforces them', async () => {
      await runIn(clone.folder, project.block('without-scopes'));
      await takeSdl();
      await compose('@apollo/composition');
      const apollo = await start();
      try {
        expectNoLocation(await askRouter('/'));
      } finally {
        await apollo.close();
      }
    });
  });

  it.each([
    ['router.yaml', 'insert'],
    ['config.yaml', 'set'],
  ])('%s gives the token to the subgraph alone', async (name, operation) => {
    const { headers } = parseYaml(await project.read(name)) as {
      headers: { subgraphs: { wireless: { request: object[] } } };
    };
    expect(Object.keys(headers.subgraphs)).toEqual(['wireless']);
    expect(JSON.stringify(headers.subgraphs.wireless.request)).toMatch(
      new RegExp(`${operation}.*authorization.*Bearer \\$\\{(env\\.)?WIRELESS_TOKEN\\}`),
    );
  });
});
