import { pino } from 'pino';
import { type Gateway, startGateway } from '../../src/app.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.js';
import { configFor } from './gateway.js';

interface InstanceAnswer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly codes: readonly string[];
  readonly upstream: { readonly requests: number; readonly cacheHits: number; readonly staleMs?: number };
}

export interface Instance {
  readonly url: string;
  /** Lines of the log that are about Redis. */
  redisLines(): readonly LogLine[];
  post(body: unknown): Promise<InstanceAnswer>;
  /** `redis.state` in the body of `/ready`, whose status has to be 200. */
  redisState(): Promise<string>;
  /** Body of `/metrics`. */
  metrics(): Promise<string>;
  close(): Promise<void>;
}

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly reason?: string;
}

export interface Instances {
  readonly sandbox: Sandbox;
  readonly instances: readonly Instance[];
  /** Everything that the instances have logged. */
  readonly log: readonly string[];
  start(env?: Record<string, string>): Promise<Instance>;
  close(): Promise<void>;
}

/**
 * Starts gateways in this process that share one sandbox, and the Redis of `env`.
 *
 * @param env - of all of them; pages are fresh for a minute by default
 */
export async function startInstances(
  count: number,
  env: Record<string, string>,
  options: SandboxOptions = {},
): Promise<Instances> {
  const sandbox = await startSandbox(options);
  const log: string[] = [];
  const instances: Instance[] = [];
  const start = async (further: Record<string, string> = {}) => {
    const lines: string[] = [];
    const write = (line: string) => {
      log.push(line);
      lines.push(line);
    };
    const logger = pino({ level: 'trace' }, { write });
    const settings = { CACHE_TTL_MS: '60000', STALE_IF_ERROR_MS: '60000', ...env, ...further };
    const instance = instanceOf(await startGateway(configFor(sandbox, options, settings), logger), lines);
    instances.push(instance);
    return instance;
  };
  for (let started = 0; started < count; started += 1) await start();
  return {
    sandbox,
    instances,
    log,
    start,
    async close() {
      await Promise.all(instances.map((instance) => instance.close()));
      await sandbox.close();
    },
  };
}

function instanceOf(gateway: Gateway, lines: readonly string[]): Instance {
  const { url } = gateway;
  let closing: Promise<void> | null = null;
  return {
    url,
    redisLines: () =>
      lines.map((line) => JSON.parse(line) as LogLine).filter(({ msg }) => msg.startsWith('Redis')),
    async post(body) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const { data = null, errors = [], extensions } = (await response.json()) as ResponseBody;
      return {
        status: response.status,
        data,
        codes: errors.map((error) => error.extensions.code),
        upstream: extensions?.upstream ?? { requests: 0, cacheHits: 0 },
      };
    },
    async redisState() {
      const response = await fetch(`${url}/ready`);
      if (response.status !== 200) throw new Error(`/ready has the status ${response.status}`);
      const { redis } = (await response.json()) as { redis?: { state: string } };
      return redis?.state ?? 'none';
    },
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    close() {
      closing ??= gateway.close();
      return closing;
    },
  };
}

interface ResponseBody {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
  readonly extensions?: { readonly upstream: InstanceAnswer['upstream'] };
}
