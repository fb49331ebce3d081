import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How long a client may take to send a request, in milliseconds: one that dawdles holds a place. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Longer than the balancers in front of a gateway keep a connection: it is theirs to close, or requests get lost. */
const KEEP_ALIVE_MS = 75_000;

/** How long a client may take to read an answer beyond the time that the answer takes, in milliseconds. */
const RESPONSE_WRITE_GRACE_MS = 30_000;

interface ListenSettings {
  readonly host: string;
  readonly port: number;
  /** How long an operation may take, in milliseconds. */
  readonly operationTimeoutMs: number;
}

/** Starts to listen. */
export function listen(
  onRequest: RequestListener,
  { host, port, operationTimeoutMs }: ListenSettings,
): Promise<Server> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    onRequest,
  );
  // Of a connection on which nothing moves.
  server.timeout = operationTimeoutMs + RESPONSE_WRITE_GRACE_MS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** Where a server listens: `http://127.0.0.1:4000`. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
