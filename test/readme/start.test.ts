import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, startBrowser } from '../interop/browser.js';
import { freePort } from '../support/free-port.mjs';
import { startIssuer } from '../support/issuer.js';
import { block, withPorts } from './blocks.js';
import { Project, type Running, runIn, startIn } from './project.js';
import { type Clone, cloneRepository } from './repository.js';

const TIMEOUT_MS = 120_000;

let clone: Clone;
let port: number;
let running: Running | undefined;
beforeAll(async () => {
  clone = await cloneRepository();
  port = await freePort();
});
afterEach(async () => {
  await running?.close();
  running = undefined;
});
afterAll(() => clone?.remove());

/** Runs a start command in the clone, where `npm ci` has been run. */
async function start(command: string): Promise<Running> {
  running = await startIn(clone.folder, command.replace('npm ci && ', ''), '"listening"', {
    PORT: String(port),
  });
  return running;
}

async function ask(query: string, token?: string, variables: object = {}) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, body: await response.json() };
}

describe('Documents, start commands', { timeout: TIMEOUT_MS }, () => {
  it('the sandbox answers the first query as shown, and the printed curl command', async () => {
    const { output } = await start(block('start'));
    const { body } = await ask(block('first-query'));
    expect(body).toEqual(answerLike(block('first-answer')));
    // The greeting follows the line that it listens.
    await expect.poll(output).toMatch(/-d '.*'/);
    const [, command = ''] = /(curl [\s\S]*? -d '.*')/.exec(output()) ?? [];
    const { stdout } = await runIn(clone.folder, command);
    expect(JSON.parse(stdout)).toMatchObject({ data: { sim: { dataSessions: { edges: [{}, {}, {}] } } } });
  });

  it('the sandbox answers the other queries as they are printed, without an error', async () => {
    await start(block('start'));
    const fleet = await ask(block('fleet-query'));
    expect(fleet.body).toMatchObject({
      data: { sims: { nodes: expect.any(Array) }, simsCount: { precision: 'EXACT' } },
      extensions: { upstream: { requests: 20 } },
    });
    const [sid] = /DE[0-9a-f]{32}/.exec(block('first-query')) ?? [];
    const at = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    const variables = {
      sid,
      uniqueName: 'delivery-van-7',
      timeZone: 'Europe/Berlin',
      from: at(20),
      to: at(1),
      start: at(20),
      end: at(0),
    };
    const queries = [block('ask-filter'), block('ask-groups'), block('ask-usage'), block('ask-lookup')];
    for (const query of queries) {
      const { status, body } = await ask(query, undefined, variables);
      expect([status, (body as { errors?: unknown }).errors], query).toEqual([200, undefined]);
    }
  });

  it('the sandbox answers the subscription as printed, with a snapshot and then with what happens', async () => {
    await start(block('start'));
    const command = withPorts(block('watch'), { gateway: port });
    const watching = await startIn(clone.folder, command, '"kind":"SNAPSHOT"');
    try {
      await expect
        .poll(watching.output, { timeout: 60_000, interval: 500 })
        .toMatch(/"kind":"(STARTED|UPDATED|ENDED)"/);
    } finally {
      await watching.close();
    }
  });

  it('the bundle starts without npm, and `/ready` says what is shown', async () => {
    await runIn(clone.folder, 'npm run build');
    await start(block('bundle'));
    const response = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(JSON.parse(block('ready')));
  });

  it('`GATEWAY_AUTH=token` lets in who has the token, without the scope for locations', async () => {
    // Only the shell knows the token.
    const command = block('token').replace('GATEWAY_AUTH=', 'echo "token: $WIRELESS_TOKEN"\nGATEWAY_AUTH=');
    const { output } = await start(command);
    const [, token = ''] = /^token: (\w{64})$/m.exec(output()) ?? [];
    expect((await ask('{ __typename }')).status).toBe(401);
    await expectReader(token);
  });

  it('`GATEWAY_AUTH=jwt` lets in who has a token of the issuer, with the scopes in it', async () => {
    const issuer = await startIssuer();
    try {
      await start(block('jwt').replace('https://id.example.com/.well-known/jwks.json', issuer.jwksUrl));
      expect((await ask('{ __typename }')).status).toBe(401);
      const claims = { issuer: 'https://id.example.com/', audience: 'wireless', scope: 'wireless:read' };
      await expectReader(await issuer.sign(claims));
    } finally {
      await issuer.close();
    }
  });

  // In CI there has to be a browser: without one the test fails there.
  it.skipIf(!hasBrowser && !process.env.CI)(
    '`CORS_ORIGINS` lets a page of a dev server read answers, and no other page',
    async () => {
      const pages = [await servePage(), await servePage()] as const;
      const browser = await startBrowser();
      try {
        await start(withPorts(block('cors'), { page: pages[0].port }));
        const program = await sessionsProgram();
        const titles: string[] = [];
        for (const page of pages) {
          page.program = program;
          const tab = await browser.newPage({ viewport: { width: 800, height: 600 } });
          await tab.goto(`http://localhost:${page.port}`);
          await tab.waitForFunction('document.title !== ""');
          titles.push(await tab.title());
        }
        expect(titles).toEqual(['2 sessions', expect.stringContaining('Failed to fetch')]);
      } finally {
        await browser.close();
        for (const page of pages) page.close();
      }
    },
  );
});

/** Sees that a token opens everything but what tells where a device is. */
async function expectReader(token: string): Promise<void> {
  const { body } = await ask(block('first-query').replace('status', 'status iccid'), token);
  expect(body).toMatchObject({
    data: { sim: { status: 'ACTIVE', iccid: null } },
    errors: [{ path: ['sim', 'iccid'], extensions: { code: 'FORBIDDEN' } }],
  });
}

/** The answer that the README shows, where `…` stands for the rest of a text. */
function answerLike(json: string): unknown {
  return JSON.parse(json, (_key, value) => {
    if (typeof value !== 'string') return value;
    if (value.endsWith('…')) return expect.toSatisfy((text: string) => text.startsWith(value.slice(0, -1)));
    // The records of the sandbox end on the day of the start.
    return INSTANT.test(value) ? expect.stringMatching(INSTANT) : value;
  });
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/;

/** A program for browsers that reads sessions with Apollo Client, and puts into the title what has come. */
async function sessionsProgram(): Promise<string> {
  const project = await Project.create({ gateway: port }, ['src/apollo.ts']);
  try {
    await project.write(
      'src/page.js',
      `import { gql } from '@apollo/client';
      import { client } from './apollo';
      document.title = await client.query({ query: gql\`${block('first-query')}\` })
        .then(({ data }) => data.sim.dataSessions.edges.length + ' sessions', (error) => String(error));`,
    );
    return await readFile(await project.bundle('page.js', 'browser'), 'utf8');
  } finally {
    await project.remove();
  }
}

/** A dev server: a page that runs one program, of another origin than the gateway. */
async function servePage() {
  const page = { program: '', port: 0, close: () => {} };
  const server = createServer(({ url }, response) => {
    const isProgram = url === '/main.mjs';
    response.setHeader('content-type', isProgram ? 'text/javascript' : 'text/html');
    response.end(isProgram ? page.program : '<!doctype html><script type="module" src="/main.mjs"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  page.port = (server.address() as AddressInfo).port;
  page.close = () => {
    server.close();
    server.closeAllConnections();
  };
  return page;
}
