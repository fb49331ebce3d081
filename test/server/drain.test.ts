import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { GracefulShutdown } from '../../src/http/graceful-shutdown.js';

/** A server that passes its responses to the test instead of sending them. */
async function startServer(
  drain: GracefulShutdown,
): Promise<{ server: Server; url: string; next(): Promise<ServerResponse> }> {
  const answers: ServerResponse[] = [];
  const waiting: ((answer: ServerResponse) => void)[] = [];
  const server = createServer((_request, response) => {
    drain.track(response);
    const hand = waiting.shift();
    if (hand === undefined) answers.push(response);
    else hand(response);
  });
  server.on('connection', (socket) => drain.trackConnection(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    server,
    url,
    next: () => {
      const answer = answers.shift();
      return answer === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(answer);
    },
  };
}

/** Sends requests until new connections are refused. */
async function refused(url: string, next: () => Promise<ServerResponse>): Promise<void> {
  for (;;) {
    const answered = fetch(url).then(
      (response) => response.text(),
      () => null,
    );
    const answer = await Promise.race([next(), answered]);
    if (answer === null) return;
    if (typeof answer !== 'string') answer.end('served');
    if ((await answered) === null) return;
  }
}

/** Lets everything happen that is due. */
async function nextTurn(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('GracefulShutdown', () => {
  it('waits for all responses and reports none as aborted', async () => {
    const drain = new GracefulShutdown();
    const { server, url, next } = await startServer(drain);
    const clients = [fetch(url), fetch(url)];
    const answers = [await next(), await next()];
    const ended = drain.begin(server, { delayMs: 0, lingerMs: 0, graceMs: 60_000 });
    // The end of the first response must not abort the second one.
    for (const [index, client] of clients.entries()) {
      answers[index]?.end('done');
      expect(await (await client).text()).toBe('done');
    }
    expect(await ended).toBe(0);
  });

  it('aborts responses after the grace period and returns their number', async () => {
    const drain = new GracefulShutdown();
    const { server, url, next } = await startServer(drain);
    const outcomes = [fetch(url), fetch(url)].map((client) => client.catch(() => 'broken off'));
    await next();
    await next();
    expect(await drain.begin(server, { delayMs: 0, lingerMs: 0, graceMs: 1 })).toBe(2);
    expect(await Promise.all(outcomes)).toEqual(['broken off', 'broken off']);
  });

  it('accepts connections for the delay although none is open when the shutdown begins', async () => {
    const drain = new GracefulShutdown();
    const { server, url, next } = await startServer(drain);
    const ended = drain.begin(server, { delayMs: 1000, lingerMs: 0, graceMs: 60_000 });
    // Without a delay, the server would have been closed by now.
    await nextTurn();
    const client = fetch(url);
    (await next()).end('served');
    const response = await client;
    expect([await response.text(), response.headers.get('connection')]).toEqual(['served', 'close']);
    expect(await ended).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('does not abort a response before the grace period after the delay has passed', async () => {
    const drain = new GracefulShutdown();
    const { server, url, next } = await startServer(drain);
    const client = fetch(url);
    const answer = await next();
    const ended = drain.begin(server, { delayMs: 2000, lingerMs: 0, graceMs: 1500 });
    await refused(url, next);
    answer.end('done');
    expect(await (await client).text()).toBe('done');
    expect(await ended).toBe(0);
  });

  it('waits for work without a response once all responses are complete', async () => {
    let finish: () => void = () => undefined;
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let answered: () => void = () => undefined;
    const allAnswered = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const drain = new GracefulShutdown({
      onAnswered() {},
      onClosing() {},
      onAllAnswered() {
        answered();
        return work;
      },
    });
    const { server, url, next } = await startServer(drain);
    const client = fetch(url);
    const answer = await next();
    const order: string[] = [];
    const ended = drain
      .begin(server, { delayMs: 0, lingerMs: 0, graceMs: 60_000 })
      .then(() => order.push('ended'));
    answer.end('done');
    await (await client).text();
    await allAnswered;
    await nextTurn();
    order.push('finished');
    finish();
    await ended;
    expect(order).toEqual(['finished', 'ended']);
  });

  it('does not wait longer than the grace period for work without a response', async () => {
    const drain = new GracefulShutdown({
      onAnswered() {},
      onClosing() {},
      onAllAnswered: () => new Promise(() => undefined),
    });
    const { server } = await startServer(drain);
    expect(await drain.begin(server, { delayMs: 0, lingerMs: 0, graceMs: 1 })).toBe(0);
  });

  it('does not wait longer than the grace period for an incomplete request', async () => {
    const drain = new GracefulShutdown();
    const { server, url, next } = await startServer(drain);
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.resume().on('error', () => undefined);
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT');
    (await next()).end();
    client.write('TP/1.1\r\n');
    expect(await drain.begin(server, { delayMs: 0, lingerMs: 1, graceMs: 50 })).toBe(0);
    await closed;
  });
});
