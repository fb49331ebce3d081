import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConfigError } from '../config/index.js';
import { errorBody, JSON_TYPE } from './error-body.js';

/** How long a client may take to send a request, in milliseconds: one that dawdles holds a place. */
const REQUEST_TIMEOUT_MS = 15_000;

/**
 * How long an idle connection is kept, in milliseconds. Longer than balancers do: where the gateway closes first, a
 * request that is on its way is lost. Google's keep connections for 600 seconds, and cannot be told otherwise.
 */
const KEEP_ALIVE_MS = 620_000;

/**
 * Bytes that the head of a request may have. Node's own default, written down because clients that send long
 * documents by GET have to know it.
 */
const MAX_HEAD_BYTES = 16 * 1024;

/** How long a client may take to read an answer beyond the time that the answer takes, in milliseconds. */
const RESPONSE_WRITE_GRACE_MS = 30_000;

const ANSWER = Symbol('answer');

/** A connection with the last answer that was begun on it. */
interface AnsweringSocket extends Duplex {
  [ANSWER]?: ServerResponse;
}

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
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEAD_BYTES,
      // Node would refuse it without a body.
      requireHostHeader: false,
    },
    (req, res) => {
      (req.socket as AnsweringSocket)[ANSWER] = res;
      onRequest(req, res);
    },
  );
  server.on('clientError', refuseUnparsed);
  server.on('checkExpectation', (_req, res) => {
    const body = errorBody(417, 'Expected no other value than 100-continue in the Expect header.');
    const headers = { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body) };
    res.writeHead(417, { ...headers, connection: 'close' }).end(body);
  });
  // Of a connection on which nothing moves.
  server.timeout = operationTimeoutMs + RESPONSE_WRITE_GRACE_MS;
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

/** What is wrong with a request that Node's parser refuses, by the code of its error. */
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

/** Answers a request that cannot be parsed, and ends its connection. */
function refuseUnparsed({ code = '' }: NodeJS.ErrnoException, socket: AnsweringSocket): void {
  const answer = socket[ANSWER];
  const isAnswering = answer?.headersSent === true && !answer.writableFinished;
  // Bytes in the middle of another answer would be taken for a part of it.
  if (!socket.writable || isAnswering || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, reason, message] = PARSE_ERRORS[code] ?? NOT_HTTP;
  const body = errorBody(status, message);
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

/** Where a server listens: `http://127.0.0.1:4000`. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
