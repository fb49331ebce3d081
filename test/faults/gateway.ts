import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { pino } from 'pino';
import { startGateway } from '../../src/app.js';
import { type LoggedRequest, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor, type TestOptions } from '../support/gateway.js';
import { type Costs, Ledger } from '../support/ledger.js';
import { SkippingClock } from './skipping-clock.js';

/** A SIM with one member of its own and the head of its sessions: two requests, side by side. */
export const SIM_WITH_SESSIONS =
  'query ($sid: ID!) { sim(sid: $sid) { uniqueName dataSessions(first: 3) { edges { node { sid } } } } }';

/** The head of a SIM's sessions: one request. */
export const SESSIONS =
  'query ($sid: ID!) { sim(sid: $sid) { dataSessions(first: 3) { edges { node { sid } } } } }';

/** An answer, and what it took. */
export interface Answer {
  readonly status: number;
  readonly data: Record<string, unknown> | null;
  /** None when there is no error, as in the answer itself. */
  readonly errors: readonly GraphQLFormattedError[];
  readonly cost: Costs['upstream'];
  /** What reached the upstream meanwhile. */
  readonly requests: readonly LoggedRequest[];
  /** From the question to the answer, in milliseconds. */
  readonly tookMs: number;
}

/** A gateway on a sandbox of its own, and on a clock that can be moved on. */
export interface FaultyGateway {
  readonly sandbox: Sandbox;
  readonly clock: SkippingClock;
  /** First SIM of the sandbox: what is asked for where nothing else is said. */
  readonly sid: string;
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** Asks without reading the answer, for a client that goes away: rejects when it does. */
  askUntil(gone: AbortSignal, query: string, variables?: Record<string, unknown>): Promise<unknown>;
  ready(): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
}

/** Starts both; caches are off unless a test is about them. */
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

/** What is asked of the list of a SIM's sessions alone, for faults that are not to meet its record. */
export const LIST = { path: '/DataSessions' } as const;

export function isList({ path }: LoggedRequest): boolean {
  return path.endsWith(LIST.path);
}
