import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Longer than the keep-alive timeout of clients, so that the server never closes a connection that is in use. */
const KEEP_ALIVE_MS = 60_000;

/** Starts an HTTP server without a request listener on the loopback interface. @returns the server and its origin */
export async function listen(port: number): Promise<{ server: Server; url: string }> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${taken}` };
}

/** Stops the server and closes all connections, including those of requests without a response. */
export async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
