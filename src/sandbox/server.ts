import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Longer than any client keeps an idle connection, so that it is never this side that closes one in use. */
const KEEP_ALIVE_MS = 60_000;

/** An HTTP server on the loopback interface, and its origin. It answers nothing yet. */
export async function listen(port: number): Promise<{ server: Server; url: string }> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${taken}` };
}

/** Stops listening and drops every connection, those of requests that are never answered included. */
export async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
