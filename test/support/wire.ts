import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { startGateway } from '../../src/app.js';
import { catalog as served } from '../../src/resources/catalog.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { configFor, type TestOptions } from './gateway.js';

/** An HTTP response of the gateway. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed JSON body; `null` if it is not JSON. */
  readonly body: GraphqlBody | null;
  /** Upstream requests of this response. */
  readonly upstreamRequests: number;
}

interface GraphqlBody {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** A gateway whose raw responses and log lines a test can inspect. */
export interface WireGateway {
  readonly url: string;
  /** URL of the endpoints for operators; `null` without `INTERNAL_PORT`. */
  readonly internalUrl: string | null;
  readonly sandbox: Sandbox;
  /** All log lines. */
  readonly log: readonly string[];
  /** Sends a request to any path. */
  fetch(path: string, init?: RequestInit): Promise<WireAnswer>;
  /** Sends an operation by POST, as JSON. */
  post(body: unknown, headers?: Record<string, string>): Promise<WireAnswer>;
  close(): Promise<void>;
}

export interface WireOptions extends TestOptions {
  readonly logLevel?: string;
}

export async function startWireGateway(options: WireOptions = {}): Promise<WireGateway> {
  const { sandbox: sandboxOptions = {}, env = {}, logLevel = 'trace' } = options;
  const sandbox = await startSandbox(sandboxOptions);
  const log: string[] = [];
  const logger = pino({ level: logLevel }, { write: (line: string) => void log.push(line) });
  const { catalog = served } = sandboxOptions;
  const gateway = await startGateway(configFor(sandbox, sandboxOptions, env), logger, { catalog });

  async function send(path: string, init?: RequestInit): Promise<WireAnswer> {
    const before = sandbox.requests.length;
    const response = await fetch(gateway.url + path, init);
    const text = await response.text();
    const json = text !== '' && (response.headers.get('content-type')?.includes('json') ?? false);
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: json ? (JSON.parse(text) as GraphqlBody) : null,
      upstreamRequests: sandbox.requests.length - before,
    };
  }

  return {
    url: gateway.url,
    internalUrl: gateway.internalUrl,
    sandbox,
    log,
    fetch: send,
    post: (body, headers = {}) =>
      send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    async close() {
      await gateway.close();
      await sandbox.close();
    },
  };
}

/** Returns the error codes of a response, in order. */
export function codesOf({ body }: WireAnswer): readonly string[] {
  return (body?.errors ?? []).map(({ extensions }) => extensions.code);
}

/** Returns the hash of a token for `GATEWAY_TOKENS`. */
export function sha256(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
