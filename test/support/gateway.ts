import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type FormattedExecutionResult, type GraphQLFormattedError, print } from 'graphql';
import { pino } from 'pino';
import { startGateway } from '../../src/app.js';
import { type Config, readConfig } from '../../src/config/index.js';
import { catalog as served } from '../../src/resources/catalog.js';
import {
  type LoggedRequest,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../src/sandbox/index.js';
import { type Costs, Ledger } from './ledger.js';

/** Client of a gateway under test. */
export interface TestGateway {
  readonly url: string;
  readonly sandbox: Sandbox;
  /** Sends a typed document over HTTP. */
  send<Result, Variables>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
  ): Promise<Answer<Result>>;
  /** Sends a query as a string, for invalid documents. */
  sendText(query: string, variables?: Record<string, unknown>): Promise<Answer<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** A response with its upstream requests, counted by the sandbox. */
export interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions: Costs;
  readonly status: number;
  /** Raw response. */
  readonly text: string;
  /** Upstream requests between the request and the response of the operation. */
  readonly upstreamRequests: readonly LoggedRequest[];
  readonly upstreamPaths: readonly string[];
}

export interface TestOptions {
  /** Of the sandbox. Its catalog is that of the gateway, too. */
  readonly sandbox?: SandboxOptions;
  /** Environment variables of the gateway. Caches are disabled by default. */
  readonly env?: Record<string, string>;
}

/** Starts a gateway with its own sandbox, both over HTTP. */
export async function startTestGateway({
  sandbox: options = {},
  env = {},
}: TestOptions = {}): Promise<TestGateway> {
  const sandbox = await startSandbox(options);
  const instance = await startInstance(sandbox, { sandbox: options, env });
  return {
    ...instance,
    async close() {
      await instance.close();
      await sandbox.close();
    },
  };
}

/**
 * Starts a gateway with an existing sandbox, which `close` does not stop.
 *
 * The usage in each response is compared with the requests that the sandbox has counted.
 */
export async function startInstance(
  sandbox: Sandbox,
  { sandbox: options = {}, env = {} }: TestOptions = {},
): Promise<TestGateway> {
  const { catalog = served } = options;
  const config = configFor(sandbox, options, env);
  const gateway = await startGateway(config, pino({ level: 'silent' }), { catalog });
  const ledger = new Ledger(sandbox);

  async function post<Result>(body: unknown): Promise<Answer<Result>> {
    const before = sandbox.requests.length;
    const answered = ledger.open();
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    const result = JSON.parse(text) as FormattedExecutionResult<Result, Costs>;
    const costs = answered(result.extensions);
    const upstreamRequests = sandbox.requests.slice(before);
    const upstreamPaths = upstreamRequests.map(({ path }) => path);
    return { ...result, extensions: costs, status: response.status, text, upstreamRequests, upstreamPaths };
  }

  return {
    url: gateway.url,
    sandbox,
    send: (document, variables) => post({ query: print(document), variables }),
    sendText: (query, variables) => post({ query, variables }),
    close: () => gateway.close(),
  };
}

/** Returns the configuration for a sandbox, as for the real API. */
export function configFor(
  sandbox: Sandbox,
  { dialect }: SandboxOptions,
  env: Record<string, string>,
): Config {
  const { credentials } = sandbox;
  const access: Record<string, string> =
    dialect === 'kore'
      ? {
          KORE_CLIENT_ID: credentials.clientId,
          KORE_CLIENT_SECRET: credentials.clientSecret,
          KORE_TOKEN_URL: credentials.tokenUrl,
        }
      : { TWILIO_ACCOUNT_SID: credentials.accountSid, TWILIO_AUTH_TOKEN: credentials.authToken };
  const config = readConfig({
    ...access,
    UPSTREAM_URL: sandbox.url,
    // The test suites run with and without the fast path.
    FAST_PATH: process.env.FAST_PATH ?? '',
    CACHE_TTL_MS: '0',
    STALE_IF_ERROR_MS: '0',
    ...env,
  });
  const internal = config.internal && { ...config.internal, port: 0 };
  return { ...config, port: 0, internal };
}
