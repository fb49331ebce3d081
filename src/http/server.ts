import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConfigError } from '../config/index.js';
import { errorBody, JSON_TYPE } from './error-body.js';
import { newRequestId, REQUEST_ID_HEADER, requestIdOf } from './request-id.js';

/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 15_000;

/**
 * How long an idle connection is kept open, in milliseconds: longer than load balancers do, because a request that is on its
 * way when the gateway closes the connection is lost. Google's keep connections for 600 seconds, which cannot be configured.
 */
const KEEP_ALIVE_MS = 620_000;

/** Bytes of request target and headers. Node's default, stated because clients that send long documents by GET depend on it. */
const MAX_HEAD_BYTES = 16 * 1024;

/** How long a client may take to read a response, in addition to the time of the operation, in milliseconds. */
const RESPONSE_WRITE_GRACE_MS = 30_000;

const RESPONSE = Symbol('response');

/** A connection with the last response that was begun on it. */
interface ConnectionSocket extends Duplex {
  [RESPONSE]?: ServerResponse;
}

interface ListenSettings {
  readonly host: string;
  readonly port: number;
  /** How long an operation may take, in milliseconds. */
  readonly operationTimeoutMs: number;
}

/** The variables that an address is configured by. */
interface AddressVariables {
  readonly host: string;
  readonly port: string;
}

const TRAFFIC: AddressVariables = { host: 'HOST', port: 'PORT' };

/** Variables of the address of the endpoints for operators. */
export const INTERNAL_ADDRESS: AddressVariables = { host: 'INTERNAL_HOST', port: 'INTERNAL_PORT' };

/**
 * Starts an HTTP server.
 *
 * @param names - variables of the address, for errors
 * @throws {ConfigError} that names the variable to change, if the server cannot listen on the address
 */
export function listen(
  onRequest: RequestListener,
  { host, port, operationTimeoutMs }: ListenSettings,
  names: AddressVariables = TRAFFIC,
): Promise<Server> {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEAD_BYTES,
      // Node would reject a request without it by a response without a body.
      requireHostHeader: false,
    },
    (req, res) => {
      (req.socket as ConnectionSocket)[RESPONSE] = res;
      onRequest(req, res);
    },
  );
  server.on('clientError', rejectUnparsed);
  server.on('checkExpectation', (req, res) => {
    const body = errorBody(417, 'Expected no other value than 100-continue in the Expect header.');
    const headers = {
      [REQUEST_ID_HEADER]: requestIdOf(req),
      'content-type': JSON_TYPE,
      'content-length': Buffer.byteLength(body),
    };
    res.writeHead(417, { ...headers, connection: 'close' }).end(body);
  });
  // Closes connections without activity.
  server.timeout = operationTimeoutMs + RESPONSE_WRITE_GRACE_MS;
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port, names));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve(server);
    });
  });
}

/** Why the server cannot listen on an address, by the variable to change. */
function listenError(
  { code = 'no code' }: NodeJS.ErrnoException,
  host: string,
  port: number,
  names: AddressVariables,
): ConfigError {
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigError(
        `${names.port}: expected a free port; ${port} on ${host} is in use by another process`,
      );
    case 'EACCES':
    case 'EPERM':
      return new ConfigError(
        `${names.port}: expected a port that this user may listen on; ${port} needs privileges`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConfigError(
        `${names.host}: expected an address of this machine; ${host} does not resolve (${code})`,
      );
    case 'EADDRNOTAVAIL':
      return new ConfigError(`${names.host}: expected an address of this machine; ${host} is not one`);
    default:
      return new ConfigError(
        `${names.host}, ${names.port}: expected an address to listen on; ${host} port ${port}: ${code}`,
      );
  }
}

/** Responses to requests that Node's parser rejects, by the code of its error. */
const PARSE_ERRORS: Readonly<Record<string, readonly [status: number, reason: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    `Expected at most ${MAX_HEAD_BYTES} bytes of request target and headers: send long operations by POST.`,
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large', 'Expected shorter chunk extensions.'],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'Request Timeout',
    `Expected the whole request within ${REQUEST_TIMEOUT_MS / 1000} seconds.`,
  ],
};

const NOT_HTTP = [400, 'Bad Request', 'Expected a valid HTTP/1.1 request.'] as const;

/** Responds to a request that cannot be parsed, and closes its connection. */
function rejectUnparsed({ code = '' }: NodeJS.ErrnoException, socket: ConnectionSocket): void {
  const response = socket[RESPONSE];
  const isResponding = response?.headersSent === true && !response.writableFinished;
  // Bytes in the middle of another response would become a part of it.
  if (!socket.writable || isResponding || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, reason, message] = PARSE_ERRORS[code] ?? NOT_HTTP;
  const body = errorBody(status, message);
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nX-Request-Id: ${newRequestId()}\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

/** The URL of a server: `http://127.0.0.1:4000`. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
