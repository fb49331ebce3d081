import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../config.js';

/** How long a client may take to send a request, in milliseconds: one that dawdles holds a place. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Longer than the balancers in front of a gateway keep a connection: it is theirs to close, or requests get lost. */
const KEEP_ALIVE_MS = 75_000;

/** How long a client may take to read an answer beyond the time that the answer takes, in milliseconds. */
const READING_MS = 30_000;

interface ListenSettings {
  readonly host: string;
  readonly port: number;
  /** How long an operation may take, in milliseconds. */
  readonly operationTimeoutMs: number;
}

/**
 * Starts to listen.
 *
 * @throws {ConfigError} which names the variable to change, when the address cannot be listened on
 */
export function listen(
  onRequest: RequestListener,
  { host, port, operationTimeoutMs }: ListenSettings,
): Promise<Server> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    onRequest,
  );
  // Of a connection on which nothing moves.
  server.timeout = operationTimeoutMs + READING_MS;
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve(server);
    });
  });
}

/** Why an address cannot be listened on, in terms of the variable to change. */
function listenError({ code = 'no code' }: NodeJS.ErrnoException, host: string, port: number): ConfigError {
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigError(`PORT: expected a free port; ${port} on ${host} is in use by another process`);
    case 'EACCES':
    case 'EPERM':
      return new ConfigError(`PORT: expected a port that this user may listen on; ${port} needs privileges`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConfigError(`HOST: expected an address of this machine; ${host} does not resolve (${code})`);
    case 'EADDRNOTAVAIL':
      return new ConfigError(`HOST: expected an address of this machine; ${host} is none`);
    default:
      return new ConfigError(`HOST, PORT: expected an address to listen on; ${host} port ${port}: ${code}`);
  }
}

/** Where a server listens: `http://127.0.0.1:4000`. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
