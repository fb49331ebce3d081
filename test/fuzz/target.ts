import { createConnection } from 'node:net';
import { Pool } from 'undici';
import { expect } from 'vitest';
import type { LoggedRequest } from '../../src/sandbox/index.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

/** Number of concurrent requests. */
const CONNECTIONS = 8;
const JSON_TYPE = 'application/json';
const GOOD_QUERY =
  'query ($sid: ID!) { sim(sid: $sid) { uniqueName dataSessions(first: 2) { edges { node { sid } } } } }';

/** Any HTTP request. */
export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | null;
}

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** A GraphQL response. */
export interface GraphqlAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** A gateway under test. */
export interface Target {
  readonly gateway: TestGateway;
  /** Sends a request, and expects that the response is not an internal error. */
  send(request: HostileRequest): Promise<RawAnswer>;
  /** Sends a GraphQL request. */
  post(body: unknown): Promise<GraphqlAnswer>;
  /** Adds to the number of inputs. */
  count(inputs: number): void;
  /** Returns the upstream requests since the last call, and expects that each is a read of SIMs. */
  takeUpstreamRequests(): readonly LoggedRequest[];
  /** Expects no uncaught error and a correct response to a valid query, and stops the gateway. */
  finish(name: string): Promise<void>;
  /** Expects no uncaught error, and stops the gateway. For a gateway that rejects all requests of the test. */
  close(name: string): Promise<void>;
}

/** @param env - variables of the gateway */
export async function startTarget(env: Record<string, string> = {}): Promise<Target> {
  const gateway = await startTestGateway({ env });
  const pool = new Pool(gateway.url, { connections: CONNECTIONS });
  const uncaught: unknown[] = [];
  const record = (error: unknown) => uncaught.push(error);
  process.on('unhandledRejection', record);
  process.on('uncaughtException', record);
  let inputs = 0;

  const target: Target = {
    gateway,
    async send({ method, path, headers, body }) {
      // The type of undici does not allow unknown methods.
      const options = { method: method as 'GET', path, headers, body };
      const response = await pool.request(options);
      const text = await response.body.text();
      expectSound(response.statusCode, text);
      return { status: response.statusCode, text };
    },
    async post(body) {
      const { text } = await target.send({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': JSON_TYPE },
        body: JSON.stringify(body),
      });
      return JSON.parse(text);
    },
    count: (more) => {
      inputs += more;
    },
    takeUpstreamRequests() {
      const { requests } = gateway.sandbox;
      gateway.sandbox.clearRequests();
      requests.forEach(expectRead);
      return requests;
    },
    async finish(name) {
      const [sid = ''] = gateway.sandbox.simSids;
      const { errors, data } = await target.post({ query: GOOD_QUERY, variables: { sid } });
      expect(errors).toBeUndefined();
      expect(data).toMatchObject({
        sim: { uniqueName: 'delivery-van-7', dataSessions: { edges: [{}, {}] } },
      });
      await target.close(name);
    },
    async close(name) {
      process.off('unhandledRejection', record);
      process.off('uncaughtException', record);
      await pool.destroy();
      await gateway.close();
      expect(uncaught).toEqual([]);
      process.stdout.write(`fuzz: ${inputs} hostile inputs (${name})\n`);
    },
  };
  return target;
}

/** Expects that a response is not an internal error and reveals no internals. */
export function expectSound(status: number, text: string): void {
  expect(status, text.slice(0, 500)).toBeLessThan(500);
  // As JSON has it: the metrics count errors of each code, also if there are none.
  expect(text).not.toContain('"code":"INTERNAL_SERVER_ERROR"');
  expect(text).not.toMatch(/outcome="INTERNAL_SERVER_ERROR"\} [1-9]/);
  expect(text).not.toMatch(/node_modules|\.js:\d+|\bat \w+ \(/);
}

/**
 * Sends bytes over a new connection.
 *
 * @param halfClose - whether to close the sending side after the bytes, as a client does that sends nothing more
 * @returns all bytes until the server closes the connection
 */
export function sendBytes(
  url: string,
  bytes: Uint8Array,
  { halfClose }: { halfClose: boolean },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = createConnection(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
  });
}

function expectRead({ method, path, query }: LoggedRequest): void {
  expect(method).toBe('GET');
  expect(path).toMatch(/^\/v1\/Sims(\/DE[0-9a-fA-F]{32}(\/DataSessions)?)?$/);
  const known = new Set(['PageSize', 'Page', 'PageToken']);
  expect([...query.keys()].filter((key) => !known.has(key))).toEqual([]);
}
