import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { printSchema } from 'graphql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { openEvents } from '../support/event-stream.js';
import { startInstance, type TestGateway } from '../support/gateway.js';
import { schema } from '../support/schema.js';
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
beforeAll(async () => {
  const begun = Date.now();
  const now = new Date('2026-11-24T00:00:00Z');
  sandbox = await startSandbox({ now, liveSessions: () => now.getTime() + SPEED * (Date.now() - begun) });
  balancer = await Balancer.start();
});
beforeEach(async () => {
  gateways = [await startGateway(), await startGateway()];
  balancer.leadTo(gateways[0]);
});
afterEach(() => Promise.all(gateways.map((gateway) => gateway.close())));
afterAll(async () => {
  await balancer?.close();
  await sandbox?.close();
});

function startGateway(): Promise<TestGateway> {
  return startInstance(sandbox, { env: { LIVE_POLL_MS: '200' } });
}

/** A proxy whose gateway can be replaced by another one. */
class Balancer {
  readonly #server: Server;
  #target = '';
  /** Number of streams that it has passed on. */
  streams = 0;

  private constructor() {
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

  static async start(): Promise<Balancer> {
    const balancer = new Balancer();
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

/** Resolves when the balancer has passed on a further stream. */
async function nextStream(): Promise<void> {
  const { streams } = balancer;
  await expect.poll(() => balancer.streams, { timeout: TIMEOUT_MS }).toBeGreaterThan(streams);
}

/** Stops the first instance while a program watches: the stream is complete, and the program has to continue it. */
async function replaceGateway(): Promise<void> {
  const continued = nextStream();
  balancer.leadTo(gateways[1]);
  await gateways[0].close();
  await continued;
}

/** Runs a program that watches the live SIM until it has been told of the ends of two sessions. */
async function run(project: Project): Promise<{ readonly told: Told; readonly list: readonly string[] }> {
  const begun = nextStream();
  const ended = project.runApp<{ told: Told; list: readonly string[] }>('main.js', [
    String(sandbox.liveSimSid),
  ]);
  await Promise.race([begun, ended]);
  const [result] = await Promise.all([ended, replaceGateway()]);
  return result;
}

/** Sees that a program was told of each session from its start to its end, and has the list of the upstream. */
function expectWhole({ told, list }: { readonly told: Told; readonly list: readonly string[] }): void {
  const whole = told.filter(([, kinds]) => kinds[0] === 'STARTED' && kinds.at(-1) === 'ENDED');
  expect(whole.length).toBeGreaterThanOrEqual(1);
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

/** A program that collects what it is told, until two sessions have ended. @param watch - with `sim` and `onEvent` */
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
    if (event.kind === 'ENDED' && ++ends === 2) {
      console.log(JSON.stringify({ told: [...told], list: list.map(({ node }) => node.sid) }));
      process.exit();
    }
  };
  ${watch}
`;

describe('Documents, subscriptions', { timeout: TIMEOUT_MS }, () => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.create({ gateway: balancer.port }, [
      'src/session-events.ts',
      'src/watch.ts',
      'src/urql.ts',
      'src/watch-urql.ts',
      'src/apollo.ts',
      'src/watch-apollo.ts',
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
    await project.write('wireless.graphql', printSchema(schema));
    await project.run(project.block('relay'));
  }, TIMEOUT_MS);
  afterAll(() => project?.remove());

  it('the code compiles as it stands', () => project.run(`${TYPES} src/*.ts __generated__/*.ts`));

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

  it.each([
    ['graphql-sse', './watch', 'watch(sim, onEvent, new AbortController().signal);'],
    ['urql', './watch-urql', 'watch(sim, onEvent);'],
    ['Apollo Client', './watch-apollo', 'watch(sim, onEvent);'],
  ])('%s watches a SIM, and continues on another instance', async (_, module, watch) => {
    await project.write('src/main.js', watching(`import { watch } from '${module}';`, watch));
    expectWhole(await run(project));
  });

  it('Relay inserts new sessions into a connection, and continues on another instance', async () => {
    // As Relay's plugin for Babel does.
    const events = await project.read('src/sessionEvents.ts');
    const artifact = '../__generated__/sessionEventsSubscription.graphql';
    await project.write(
      'src/sessionEvents.ts',
      events.replace(/const subscription = graphql`[^`]*`;/, `import subscription from '${artifact}';`),
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
    expectWhole(await run(project));
  });
});
