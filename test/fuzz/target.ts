import { Pool } from 'undici';
import { expect } from 'vitest';
import type { LoggedRequest } from '../../src/sandbox/index.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

/** Requests that are under way at the same time. */
const CONNECTIONS = 8;
const JSON_TYPE = 'application/json';
const GOOD_QUERY =
  'query ($sid: ID!) { sim(sid: $sid) { uniqueName dataSessions(first: 2) { edges { node { sid } } } } }';

/** One HTTP request of whatever kind. */
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

/** What GraphQL answers, as far as these tests look at it. */
export interface GraphqlAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** A gateway that is shot at. */
export interface Target {
  readonly gateway: TestGateway;
  /** Sends a request. No answer may be the gateway's own failure. */
  send(request: HostileRequest): Promise<RawAnswer>;
  /** Sends a GraphQL request. */
  post(body: unknown): Promise<GraphqlAnswer>;
  /** Counts inputs. */
  count(inputs: number): void;
  /** What has reached the upstream since the last time; none of it may be anything but a read of SIMs. */
  takeUpstreamRequests(): readonly LoggedRequest[];
  /** Nothing has gone wrong unseen, and a good query is answered as before. */
  finish(name: string): Promise<void>;
  /** Nothing has gone wrong unseen: for a gateway that does not let the test in. */
  close(name: string): Promise<void>;
}

/** @param env - variables of the gateway */
export async function startTarget(env: Record<string, string> = {}): Promise<Target> {
  const gateway = await startTestGateway({ env });
  const pool = new Pool(gateway.url, { connections: CONNECTIONS });
  const unseen: unknown[] = [];
  const see = (error: unknown) => unseen.push(error);
  process.on('unhandledRejection', see);
  process.on('uncaughtException', see);
  let inputs = 0;

  const target: Target = {
    gateway,
    async send({ method, path, headers, body }) {
      // Methods that nobody knows are part of the game, which undici's type does not foresee.
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
      process.off('unhandledRejection', see);
      process.off('uncaughtException', see);
      await pool.destroy();
      await gateway.close();
      expect(unseen).toEqual([]);
      process.stdout.write(`fuzz: ${inputs} hostile inputs (${name})\n`);
    },
  };
  return target;
}

/** Whatever is sent, the gateway itself does not fail, nor tell what it is made of. */
export function expectSound(status: number, text: string): void {
  expect(status, text.slice(0, 500)).toBeLessThan(500);
  expect(text).not.toContain('INTERNAL_SERVER_ERROR');
  expect(text).not.toMatch(/node_modules|\.js:\d+|\bat \w+ \(/);
}

function expectRead({ method, path, query }: LoggedRequest): void {
  expect(method).toBe('GET');
  expect(path).toMatch(/^\/v1\/Sims(\/DE[0-9a-fA-F]{32}(\/DataSessions)?)?$/);
  const known = new Set(['PageSize', 'Page', 'PageToken']);
  expect([...query.keys()].filter((key) => !known.has(key))).toEqual([]);
}
