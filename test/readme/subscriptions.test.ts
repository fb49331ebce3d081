import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { openEvents } from '../support/event-stream.js';
import { startInstance, type TestGateway } from '../support/gateway.js';
import { block } from './blocks.js';
import { Project } from './project.js';

/** Programs of their own, on a busy machine. */
const TIMEOUT_MS = 120_000;

/** The time of the live SIM passes so much faster that it has a session in each three seconds. */
const SPEED = 20;

const TYPES =
  'tsc --noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler';

/** A session that a program has been told of, and with which kinds of events. */
type Told = readonly (readonly [sid: string, kinds: readonly string[]])[];

let sandbox: Sandbox;
/** Two instances, of which the first one stops while a program watches. */
let gateways: readonly [TestGateway, TestGateway];
let balancer: Balancer;
beforeEach(async () => {
  const begun = Date.now();
  const now = new Date('2026-11-24T00:00:00Z');
  sandbox = await startSandbox({ now, liveSessions: () => now.getTime() + SPEED * (Date.now() - begun) });
  gateways = [await startGateway(), await startGateway()];
  balancer = await Balancer.start(gateways[0]);
});
afterEach(async () => {
  await balancer?.close();
  await Promise.all(gateways?.map((gateway) => gateway.close()) ?? []);
  await sandbox?.close();
});

function startGateway(): Promise<TestGateway> {
  return startInstance(sandbox, { env: { LIVE_POLL_MS: '200' } });
}

/** A proxy whose gateway can be replaced by another one. */
class Balancer {
  readonly #server: Server;
  #target: string;
  /** Number of streams that it has passed on. */
  streams = 0;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((req, res) => {
      const { method, url, headers } = req;
      const proxied = request(`${this.#target}${url}`, { method: method ?? 'GET', headers }, (response) => {
        if (/event-stream|multipart/.test(String(response.headers['content-type']))) this.streams += 1;
        res.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(res);
      });
      proxied.on('error', () => res.destroy());
      res.on('close', () => proxied.destroy());
      req.pipe(proxied);
    });
  }

  static async start({ url }: TestGateway): Promise<Balancer> {
    const balancer = new Balancer(url);
    await new Promise<void>((resolve) => balancer.#server.listen(0, '127.0.0.1', resolve));
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sends all further requests to another gateway. */
  leadTo({ url }: TestGateway): void {
    this.#target = url;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Stops the first instance while a program watches: the stream is complete, and the program has to continue it. */
async function replaceGateway(): Promise<void> {
  const { streams } = balancer;
  balancer.leadTo(gateways[1]);
  await gateways[0].close();
  await expect.poll(() => balancer.streams, { timeout: TIMEOUT_MS }).toBeGreaterThan(streams);
}

/** Runs a program that watches the live SIM until it has been told of the ends of three sessions. */
async function run(project: Project): Promise<{ readonly told: Told; readonly list: readonly string[] }> {
  const ended = project.runApp<{ told: Told; list: readonly string[] }>('main.js', [
    String(sandbox.liveSimSid),
  ]);
  const watched = expect.poll(() => balancer.streams, { timeout: TIMEOUT_MS }).toBe(1);
  await Promise.race([watched, ended]);
  const [result] = await Promise.all([ended, replaceGateway()]);
  return result;
}

/** Sees that a program was told of each session from its start to its end, and has the list of the upstream. */
function expectWhole({ told, list }: { readonly told: Told; readonly list: readonly string[] }): void {
  const whole = told.filter(([, kinds]) => kinds[0] === 'STARTED' && kinds.at(-1) === 'ENDED');
  expect(whole.length).toBeGreaterThanOrEqual(2);
  for (const [, kinds] of told) {
    for (const kind of ['SNAPSHOT', 'STARTED', 'ENDED']) {
      expect(kinds.filter((each) => each === kind).length, kinds.join()).toBeLessThanOrEqual(1);
    }
  }
  const sids = sandbox.sessions(String(sandbox.liveSimSid)).map(({ sid }) => sid);
  const first = sids.indexOf(list[0]);
  expect(first).toBeGreaterThanOrEqual(0);
  expect(list).toEqual(sids.slice(first, first + list.length));
}

/** A program that collects what it is told, until three sessions have ended. @param watch - with `sim` and `onEvent` */
const watching = (imports: string, watch: string) => `
  import { addEvent } from './session-events';
  ${imports}
  const [sim] = process.argv.slice(2);
  const told = new Map();
  let list = [];
  let ends = 0;
  const onEvent = (event) => {
    list = addEvent(list, event);
    if (event.edge === null) return;
    const { sid } = event.edge.node;
    told.set(sid, [...(told.get(sid) ?? []), event.kind]);
    if (event.kind === 'ENDED' && ++ends === 3) {
      console.log(JSON.stringify({ told: [...told], list: list.map(({ node }) => node.sid) }));
      process.exit();
    }
  };
  ${watch}
`;

describe('Documents, subscriptions', { timeout: TIMEOUT_MS }, () => {
  let project: Project;
  afterEach(() => project?.remove());

  const create = async (...names: string[]) => {
    project = await Project.create({ gateway: balancer.port }, ['src/session-events.ts', ...names]);
  };

  it('the operation is served as printed', async () => {
    const variables = { simSid: sandbox.liveSimSid };
    const stream = await openEvents(gateways[0].url, { query: block('watch-events'), variables });
    const { data, errors } = (await stream.next()) ?? {};
    stream.close();
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      dataSessionEvents: {
        kind: 'SNAPSHOT',
        snapshotReason: 'SUBSCRIBED',
        edge: { node: { packetsDownloaded: expect.any(Number) } },
      },
    });
  });

  it('graphql-sse watches a SIM, and continues on another instance', async () => {
    await create('src/watch.ts');
    await project.run(`${TYPES} src/*.ts`);
    await project.write(
      'src/main.js',
      watching(`import { watch } from './watch';`, 'watch(sim, onEvent, new AbortController().signal);'),
    );
    expectWhole(await run(project));
  });

  it('urql watches a SIM, and continues on another instance', async () => {
    await create('src/urql.ts', 'src/watch-urql.ts');
    await project.run(`${TYPES} src/*.ts`);
    await project.write(
      'src/main.js',
      watching(`import { watch } from './watch-urql';`, 'watch(sim, onEvent);'),
    );
    expectWhole(await run(project));
  });

  it('Apollo Client watches a SIM, and continues on another instance', async () => {
    await create('src/apollo.ts', 'src/watch-apollo.ts');
    await project.run(`${TYPES} src/*.ts`);
    await project.write(
      'src/main.js',
      watching(`import { watch } from './watch-apollo';`, 'watch(sim, onEvent);'),
    );
    expectWhole(await run(project));
  });

  it('Relay inserts new sessions into a connection, and continues on another instance', async () => {
    project = await Project.create({ gateway: balancer.port }, [
      'plain-schema.ts',
      'relay.config.json',
      'src/sessionList.ts',
      'src/relay.ts',
      'src/relay-subscribe.ts',
      'src/sessionEvents.ts',
    ]);
    const relay = await project.read('src/relay.ts');
    const place = '  }),\n  store:';
    expect(relay).toContain(place);
    await project.write(
      'src/relay.ts',
      `import { subscribe } from './relay-subscribe';\n${relay.replace(place, place.replace('}', '}, subscribe'))}`,
    );
    await project.use('watch-relay.js');
    await project.write(
      'src/main.js',
      `import { environment } from './relay';
      import { watch } from './sessionEvents';
      import { watchList } from './watch-relay';
      console.log(JSON.stringify(await watchList(environment, watch, process.argv[2])));
      process.exit();`,
    );
    await project.run(project.block('plain-schema'));
    await project.run(project.block('relay'));
    await project.run(`${TYPES} src/*.ts __generated__/*.ts`);
    // As Relay's plugin for Babel does.
    const events = await project.read('src/sessionEvents.ts');
    const artifact = '../__generated__/sessionEventsSubscription.graphql';
    await project.write(
      'src/sessionEvents.ts',
      events.replace(/const subscription = graphql`[^`]*`;/, `import subscription from '${artifact}';`),
    );
    expectWhole(await run(project));
  });
});
