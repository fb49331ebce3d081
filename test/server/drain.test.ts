import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { GracefulShutdown } from '../../src/http/graceful-shutdown.js';

/** A server that hands its answers over instead of giving them. */
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

describe('a server that comes to an end', () => {
  it('waits for every answer, and counts none as broken off', async () => {
    const drain = new GracefulShutdown();
    const { server, url, next } = await startServer(drain);
    const clients = [fetch(url), fetch(url)];
    const answers = [await next(), await next()];
    const ended = drain.begin(server, 60_000);
    // One after the other: the first to end must not take the second one with it.
    for (const [index, client] of clients.entries()) {
      answers[index]?.end('done');
      expect(await (await client).text()).toBe('done');
    }
    expect(await ended).toBe(0);
  });

  it('breaks off what takes longer than the grace period, and says how much that was', async () => {
    const drain = new GracefulShutdown();
    const { server, url, next } = await startServer(drain);
    const outcomes = [fetch(url), fetch(url)].map((client) => client.catch(() => 'broken off'));
    await next();
    await next();
    expect(await drain.begin(server, 1)).toBe(2);
    expect(await Promise.all(outcomes)).toEqual(['broken off', 'broken off']);
  });
});
