import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.mjs';
import { type GatewayProcess, run, startProcess } from '../support/process.js';
import { type Received, StubServer, sendJson } from '../upstream/stub-server.js';

const TWILIO = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'auth-token' };

/** Answers each request of a SIM. */
function sendSim(request: Received): void {
  sendJson(request, 200, { sid: request.path.split('/').at(-1), status: 'active' });
}

const sidOf = (n: number) => `DE${String(n).padStart(32, '0')}`;

describe('a gateway with several WORKERS', () => {
  let gateway: GatewayProcess | null = null;
  let stub: StubServer | null = null;

  afterEach(async () => {
    gateway?.signal('SIGKILL');
    await gateway?.exit;
    await stub?.stop();
    gateway = null;
    stub = null;
  });

  const startWith = async (answer: (request: Received) => void, env: Record<string, string> = {}) => {
    const upstream = await StubServer.start(answer);
    stub = upstream;
    const started = await startProcess({ ...TWILIO, UPSTREAM_URL: upstream.url, WORKERS: '2', ...env });
    gateway = started;
    return { upstream, gateway: started };
  };
  /** Sends an operation over a connection of its own, so that the workers take turns. */
  const ask = async (url: string, sid: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ query: `{ sim(sid: "${sid}") { status } }` }),
    });
    return { status: response.status, body: await response.json() };
  };
  const served = { status: 200, body: { data: { sim: { status: 'ACTIVE' } } } };
  /** Process IDs in the log, without that of the primary. */
  const workerPids = ({ lines }: GatewayProcess) => {
    const pids = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).pid as number);
    return [...new Set(pids.slice(1))].filter((pid) => pid !== pids[0]);
  };

  it('serves with each of them, on one port', async () => {
    const { gateway, upstream } = await startWith(sendSim, { LOG_LEVEL: 'debug' });
    for (let n = 0; n < 6; n += 1) expect(await ask(gateway.url, sidOf(n))).toMatchObject(served);
    expect(upstream.received).toHaveLength(6);
    const operations = gateway.lines.filter((line) => line.includes('"msg":"operation"'));
    const pids = operations.map((line) => JSON.parse(line).pid);
    expect(new Set(pids).size).toBe(2);
    expect(gateway.lines.filter((line) => line.includes('"listening"'))).toHaveLength(1);
    expect(JSON.parse(await gateway.line('"listening"'))).toMatchObject({ url: gateway.url, workers: 2 });
  });

  it('replaces a worker that is killed, while the others serve', async () => {
    const { gateway } = await startWith(sendSim, { LOG_LEVEL: 'debug' });
    for (let n = 0; n < 4; n += 1) await ask(gateway.url, sidOf(n));
    const [victim] = workerPids(gateway);
    // Without a process ID, a signal would go to the processes of the test itself.
    if (victim === undefined) throw new Error('expected the process ID of a worker in the log');
    process.kill(victim, 'SIGKILL');
    const ended = JSON.parse(await gateway.line('another one is started'));
    expect(ended).toMatchObject({ level: 'error', worker: victim, signal: 'SIGKILL' });
    for (let n = 0; n < 4; n += 1) expect(await ask(gateway.url, sidOf(n))).toMatchObject(served);
    // After the second worker of the start, the one that replaces the victim.
    await gateway.line('"worker listening"', 2);
    gateway.signal('SIGTERM');
    expect(await gateway.exit).toBe(0);
  });

  it('has at most UPSTREAM_CONCURRENCY upstream requests in flight, all workers together', async () => {
    const answer = (request: Received) => void setTimeout(sendSim, 100, request);
    const { gateway, upstream } = await startWith(answer, { UPSTREAM_CONCURRENCY: '5' });
    const answers = await Promise.all(Array.from({ length: 24 }, (_, n) => ask(gateway.url, sidOf(n))));
    for (const each of answers) expect(each).toMatchObject(served);
    expect(upstream.received).toHaveLength(24);
    // Two of five permits each.
    expect(upstream.mostOpen).toBe(4);
  });

  it('completes what is in flight in each worker after SIGTERM, and exits with 0', async () => {
    const waiting: Received[] = [];
    const { gateway, upstream } = await startWith((request) => void waiting.push(request));
    const answers = [0, 1, 2, 3].map((n) => ask(gateway.url, sidOf(n)));
    await upstream.request(4);
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');
    for (const request of waiting) sendSim(request);
    for (const each of await Promise.all(answers)) expect(each).toMatchObject(served);
    expect(await gateway.exit).toBe(0);
    expect(gateway.errors()).toBe('');
  });

  it('ends all workers at a second signal, and exits with 1', async () => {
    const { gateway } = await startWith(sendSim, { DRAIN_DELAY_MS: '600000' });
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');
    gateway.signal('SIGTERM');
    // Resolves when no process holds the output any more: the workers have ended, too.
    expect(await gateway.exit).toBe(1);
  });

  it('does not end operations when the whole process group is sent the signal', async () => {
    const waiting: Received[] = [];
    const { gateway, upstream } = await startWith((request) => void waiting.push(request), {
      LOG_LEVEL: 'debug',
    });
    const answers = [0, 1].map((n) => ask(gateway.url, sidOf(n)));
    await upstream.request(2);
    for (const pid of workerPids(gateway)) process.kill(pid, 'SIGTERM');
    gateway.signal('SIGTERM');
    await gateway.line('"stopping"');
    for (const request of waiting) sendSim(request);
    for (const each of await Promise.all(answers)) expect(each).toMatchObject(served);
    expect(await gateway.exit).toBe(0);
  });

  it('passes SIGHUP on to each worker, and continues to serve', async () => {
    const preload = `process.on('SIGHUP', () => console.log('{"reloaded":' + process.pid + '}'));`;
    const upstream = await StubServer.start(sendSim);
    stub = upstream;
    const started = await startProcess({ ...TWILIO, UPSTREAM_URL: upstream.url, WORKERS: '2' }, preload);
    gateway = started;
    started.signal('SIGHUP');
    await started.line('"reloaded"', 3);
    expect(new Set(started.lines.filter((line) => line.includes('"reloaded"'))).size).toBe(3);
    expect(await ask(started.url, sidOf(1))).toMatchObject(served);
    started.signal('SIGTERM');
    expect(await started.exit).toBe(0);
  });

  it('serves in one process as a worker of another program', async () => {
    // Such as pm2: the program is forked by a cluster that is not its own.
    const port = await freePort();
    const other = `import cluster from 'node:cluster';
      if (cluster.isPrimary) {
        cluster.setupPrimary({ exec: process.argv[1], execArgv: [] });
        const worker = cluster.fork();
        process.on('SIGTERM', () => worker.process.kill('SIGTERM'));
        await new Promise((resolve) => worker.on('exit', (code) => process.exit(code)));
      }`;
    const started = run({ ...TWILIO, PORT: String(port), UPSTREAM_URL: 'http://127.0.0.1:1' }, other);
    await started.line('"listening"');
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    started.signal('SIGTERM');
    expect(await started.exit).toBe(0);
  });

  it('counts the operations of a caller for RATE_LIMIT in all workers together', async () => {
    const { gateway } = await startWith(sendSim, { RATE_LIMIT: '5' });
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) statuses.push((await ask(gateway.url, sidOf(n))).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
  });

  it('serves the sum of all workers at /metrics, on either port', async () => {
    const port = await freePort();
    const count = async (url: string) => {
      const text = await (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text();
      return /^gateway_operation_duration_seconds_count\{outcome="ok"\} (\d+)$/m.exec(text)?.[1];
    };
    const without = await startWith(sendSim);
    for (let n = 0; n < 6; n += 1) await ask(without.gateway.url, sidOf(n));
    expect(await count(without.gateway.url)).toBe('6');
    expect(await count(without.gateway.url)).toBe('6');
    without.gateway.signal('SIGKILL');
    await without.upstream.stop();
    const { gateway } = await startWith(sendSim, { INTERNAL_PORT: String(port) });
    for (let n = 0; n < 6; n += 1) await ask(gateway.url, sidOf(n));
    expect(await count(`http://127.0.0.1:${port}`)).toBe('6');
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(await ready.json()).toEqual({ ready: true, upstream: { state: 'ok' } });
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toContain('gateway_upstream_state{account="default",state="ok"} 1\n');
    // Of the supervising process. Without it, an alert could not see that the whole gateway starts again and again.
    expect(text).toMatch(/^process_start_time_seconds \d{10}$/m);
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
  });

  it('keeps the counts of a worker that has ended at /metrics, but not its gauges', async () => {
    const port = await freePort();
    const { gateway } = await startWith(sendSim, { INTERNAL_PORT: String(port), LOG_LEVEL: 'debug' });
    const seen = async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const value = (series: string) => Number(text.split(`\n${series} `)[1]?.split('\n')[0]);
      return {
        histogram: value('gateway_operation_duration_seconds_count{outcome="ok"}'),
        counter: value('gateway_operations_total{operation="anonymous",outcome="ok"}'),
        gauge: value('gateway_upstream_concurrency_max{account="default"}'),
        restarts: value('gateway_worker_restarts_total'),
      };
    };
    for (let n = 0; n < 6; n += 1) await ask(gateway.url, sidOf(n));
    expect(await seen()).toEqual({ histogram: 6, counter: 6, gauge: 20, restarts: 0 });
    for (let ended = 1; ended <= 2; ended += 1) {
      const operations = gateway.lines.filter((line) => line.includes('"msg":"operation"'));
      process.kill(JSON.parse(operations.at(-1) ?? '').pid, 'SIGKILL');
      await gateway.line('another one is started', ended);
      expect(await seen()).toMatchObject({ histogram: 6 * ended, counter: 6 * ended, restarts: ended });
      await gateway.line('"worker listening"', 1 + ended);
      expect(await seen()).toMatchObject({ histogram: 6 * ended, counter: 6 * ended, gauge: 20 });
      for (let n = 0; n < 6; n += 1) await ask(gateway.url, sidOf(n));
      expect(await seen()).toMatchObject({ histogram: 6 * (ended + 1), counter: 6 * (ended + 1), gauge: 20 });
    }
  });

  it('shares one sandbox', async () => {
    const sandboxed = await startProcess({ WORKERS: '2', FLEET: '3' });
    gateway = sandboxed;
    const query = '{ simsCount { count } sims(first: 3) { nodes { sid } } }';
    const bodies = new Set<string>();
    for (let n = 0; n < 4; n += 1) {
      const response = await fetch(`${sandboxed.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify({ query }),
      });
      bodies.add(JSON.stringify((await response.json()).data));
    }
    expect(bodies.size).toBe(1);
    expect(JSON.parse([...bodies][0] ?? '')).toMatchObject({ simsCount: { count: 3 } });
    await sandboxed.line('Try it');
    sandboxed.signal('SIGTERM');
    expect(await sandboxed.exit).toBe(0);
  });
});

describe('a gateway with several WORKERS that cannot start', () => {
  it('prints one line and exits with 1 when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const taken = typeof address === 'object' ? address?.port : 0;
    const gateway = run({ ...TWILIO, WORKERS: '3', PORT: String(taken) });
    expect(await gateway.exit).toBe(1);
    expect(gateway.errors()).toMatch(/^PORT: expected a free port; [^\n]+\n$/);
    other.close();
  });

  it('prints one line and exits with 1 for an invalid variable', async () => {
    const gateway = run({ ...TWILIO, WORKERS: '3', UPSTREAM_CONCURRENCY: '2' });
    expect(await gateway.exit).toBe(1);
    expect(gateway.errors()).toBe(
      'WORKERS: expected at most the concurrency of each upstream account, which is 2\n',
    );
  });
});
