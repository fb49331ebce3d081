import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { pino } from 'pino';
import { startGateway } from '../../src/app.js';
import { type LoggedRequest, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor, type TestOptions } from '../support/gateway.js';
import { type Costs, Ledger } from '../support/ledger.js';
import { SkippingClock } from './skipping-clock.js';

/** A SIM with one field and the first window of its sessions: two parallel requests. */
export const SIM_WITH_SESSIONS =
  'query ($sid: ID!) { sim(sid: $sid) { uniqueName dataSessions(first: 3) { edges { node { sid } } } } }';

/** The first window of a SIM's sessions: one request. */
export const SESSIONS =
  'query ($sid: ID!) { sim(sid: $sid) { dataSessions(first: 3) { edges { node { sid } } } } }';

/** A response and its upstream requests. */
export interface Answer {
  readonly status: number;
  readonly data: Record<string, unknown> | null;
  /** `undefined` without an error, as in the response. */
  readonly errors: readonly GraphQLFormattedError[];
  readonly cost: Costs['upstream'];
  /** Upstream requests of the operation. */
  readonly requests: readonly LoggedRequest[];
  /** Duration in milliseconds. */
  readonly tookMs: number;
}

/** A gateway with its own sandbox and a clock that tests can advance. */
export interface FaultyGateway {
  readonly sandbox: Sandbox;
  readonly clock: SkippingClock;
  /** First SIM of the sandbox; the default of operations. */
  readonly sid: string;
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** Sends an operation of a client that disconnects; rejects when it does. */
  askUntil(gone: AbortSignal, query: string, variables?: Record<string, unknown>): Promise<unknown>;
  ready(): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
}

/** Starts the sandbox and the gateway. Caches are disabled by default. */
export async function startFaultyGateway({
  sandbox: options = {},
  env = {},
}: TestOptions = {}): Promise<FaultyGateway> {
  const sandbox = await startSandbox(options);
  const clock = new SkippingClock();
  const gateway = await startGateway(configFor(sandbox, options, env), pino({ level: 'silent' }), { clock });
  const ledger = new Ledger(sandbox);
  const sid = sandbox.simSids[0] ?? '';

  const post = (query: string, variables: Record<string, unknown>, signal: AbortSignal | null = null) =>
    fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal,
    });

  return {
    sandbox,
    clock,
    sid,
    async ask(query, variables = { sid }) {
      const before = sandbox.requests.length;
      const answered = ledger.open();
      const askedAt = performance.now();
      const response = await post(query, variables);
      const result = (await response.json()) as FormattedExecutionResult<Answer['data'], Costs>;
      const tookMs = performance.now() - askedAt;
      const { upstream: cost } = answered(result.extensions);
      const { data = null, errors = [] } = result;
      return {
        status: response.status,
        data,
        errors,
        cost,
        requests: sandbox.requests.slice(before),
        tookMs,
      };
    },
    askUntil: (gone, query, variables = { sid }) => post(query, variables, gone),
    async ready() {
      const response = await fetch(`${gateway.url}/ready`);
      return { status: response.status, body: await response.json() };
    },
    async close() {
      await gateway.close();
      await sandbox.close();
    },
  };
}

/** Target of faults that only apply to the list of a SIM's sessions. */
export const LIST = { path: '/DataSessions' } as const;

export function isList({ path }: LoggedRequest): boolean {
  return path.endsWith(LIST.path);
}
