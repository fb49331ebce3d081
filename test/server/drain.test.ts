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

describe('GracefulShutdown', () => {
  it('waits for all responses and reports none as aborted', async () => {
    const drain = new GracefulShutdown();
    const { server, url, next } = await startServer(drain);
    const clients = [fetch(url), fetch(url)];
    const answers = [await next(), await next()];
    const ended = drain.begin(server, { lingerMs: 0, graceMs: 60_000 });
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
    expect(await drain.begin(server, { lingerMs: 0, graceMs: 1 })).toBe(2);
    expect(await Promise.all(outcomes)).toEqual(['broken off', 'broken off']);
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
    expect(await drain.begin(server, { lingerMs: 1, graceMs: 50 })).toBe(0);
    await closed;
  });
});
