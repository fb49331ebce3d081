import { cleanEnv, makeValidator, port, str } from 'envalid';

/** Environment variables that do not make sense. The message is one line, and names each of them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** How the gateway shows the upstream who it is. */
export type UpstreamAuth =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | {
      readonly kind: 'client-credentials';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly tokenUrl: string;
    };

/** A real upstream. */
export interface RemoteUpstream {
  readonly dialect: 'twilio' | 'kore';
  readonly baseUrl: string;
  /** Where the vendor serves this dialect: page URLs may name it, whatever the base is. */
  readonly publicBaseUrl: string;
  readonly auth: UpstreamAuth;
}

export interface Config {
  /** `null`: the gateway starts a sandbox of its own. */
  readonly upstream: RemoteUpstream | null;
  readonly host: string;
  readonly port: number;
  readonly auth: 'none';
  readonly corsOrigins: readonly string[];
  readonly operationTimeoutMs: number;
  readonly upstreamTimeoutMs: number;
  readonly upstreamConcurrency: number;
  readonly cacheTtlMs: number;
  readonly staleIfErrorMs: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly graphiql: boolean;
  readonly introspection: boolean;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const PUBLIC_BASE = {
  twilio: 'https://wireless.twilio.com',
  kore: 'https://programmable-wireless.api.korewireless.com',
} as const;

const KORE_TOKEN_URL = 'https://api.korewireless.com/api-services/v1/auth/token';

const httpUrl = makeValidator((text) => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new Error('expected an http(s) URL');
  return text.replace(/\/+$/, '');
});

const count = (min: number, max: number) =>
  makeValidator((text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new Error(`expected an integer from ${min} to ${max}`);
    }
    return value;
  });

const flag = makeValidator((text) => {
  if (/^(true|on|1|yes)$/i.test(text)) return true;
  if (/^(false|off|0|no)$/i.test(text)) return false;
  throw new Error('expected on or off');
});

const origins = makeValidator((text) =>
  text.split(',').map((entry) => {
    const origin = entry.trim();
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error('expected origins such as https://app.example.com, with commas between them');
    }
    return origin;
  }),
);

const MINUTES = 60_000;
const milliseconds = count(1, 60 * MINUTES);
const age = count(0, 24 * 60 * MINUTES);

/** The variables, without what depends on several of them. */
function readVariables(env: Readonly<Record<string, string | undefined>>) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  return cleanEnv(
    given,
    {
      UPSTREAM: str({ choices: ['twilio', 'kore', 'sandbox'], default: undefined }),
      UPSTREAM_URL: httpUrl({ default: undefined }),
      TWILIO_ACCOUNT_SID: str({ default: undefined }),
      TWILIO_AUTH_TOKEN: str({ default: undefined }),
      TWILIO_API_KEY: str({ default: undefined }),
      TWILIO_API_SECRET: str({ default: undefined }),
      KORE_CLIENT_ID: str({ default: undefined }),
      KORE_CLIENT_SECRET: str({ default: undefined }),
      KORE_TOKEN_URL: httpUrl({ default: KORE_TOKEN_URL }),
      HOST: str({ default: '127.0.0.1' }),
      PORT: port({ default: 4000 }),
      GATEWAY_AUTH: str({ choices: ['none'], default: undefined }),
      CORS_ORIGINS: origins({ default: [] }),
      OPERATION_TIMEOUT_MS: milliseconds({ default: 30_000 }),
      UPSTREAM_TIMEOUT_MS: milliseconds({ default: 10_000 }),
      UPSTREAM_CONCURRENCY: count(1, 1000)({ default: 20 }),
      CACHE_TTL_MS: age({ default: 2000 }),
      STALE_IF_ERROR_MS: age({ default: 60_000 }),
      LOG_LEVEL: str({ choices: LOG_LEVELS, default: 'info' }),
      GRAPHIQL: flag({ default: undefined }),
      INTROSPECTION: flag({ default: true }),
    },
    {
      reporter: ({ errors }) => {
        const wrong = Object.entries(errors).map(([name, error]) => `${name}: ${error?.message}`);
        if (wrong.length > 0) throw new ConfigError(wrong.join('; '));
      },
    },
  );
}

type Variables = ReturnType<typeof readVariables>;

/**
 * Reads the configuration from environment variables (contract 3). Empty ones count as not set.
 *
 * @throws {ConfigError}
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const variables = readVariables(env);
  const upstream = readUpstream(variables);
  const auth = readAuth(variables, upstream);
  return {
    upstream,
    host: variables.HOST,
    port: variables.PORT,
    auth,
    corsOrigins: variables.CORS_ORIGINS,
    operationTimeoutMs: variables.OPERATION_TIMEOUT_MS,
    upstreamTimeoutMs: variables.UPSTREAM_TIMEOUT_MS,
    upstreamConcurrency: variables.UPSTREAM_CONCURRENCY,
    cacheTtlMs: variables.CACHE_TTL_MS,
    staleIfErrorMs: variables.STALE_IF_ERROR_MS,
    logLevel: variables.LOG_LEVEL,
    graphiql: variables.GRAPHIQL ?? auth === 'none',
    introspection: variables.INTROSPECTION,
  };
}

function readUpstream(variables: Variables): RemoteUpstream | null {
  const twilio = readTwilio(variables);
  const kore = readKore(variables);
  if (variables.UPSTREAM === undefined && twilio !== null && kore !== null) {
    throw new ConfigError('UPSTREAM: expected twilio or kore, since credentials of both are set');
  }
  const dialect = variables.UPSTREAM ?? (twilio !== null ? 'twilio' : kore !== null ? 'kore' : 'sandbox');
  if (dialect === 'sandbox') {
    if (variables.UPSTREAM_URL === undefined) return null;
    throw new ConfigError(
      'UPSTREAM_URL: the sandbox has an address of its own; expected credentials of an upstream',
    );
  }
  const auth = dialect === 'twilio' ? twilio : kore;
  if (auth === null) {
    const missing =
      dialect === 'twilio'
        ? 'TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN'
        : 'KORE_CLIENT_ID and KORE_CLIENT_SECRET';
    throw new ConfigError(`UPSTREAM: ${dialect} needs credentials; expected ${missing}`);
  }
  const publicBaseUrl = PUBLIC_BASE[dialect];
  return { dialect, baseUrl: variables.UPSTREAM_URL ?? publicBaseUrl, publicBaseUrl, auth };
}

function readTwilio(variables: Variables): UpstreamAuth | null {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = variables;
  const { TWILIO_API_KEY: apiKey, TWILIO_API_SECRET: apiSecret } = variables;
  // An API key can be revoked by itself, so it goes first where both are set.
  if (apiKey !== undefined || apiSecret !== undefined) {
    const user = need('TWILIO_API_KEY', apiKey, 'TWILIO_API_SECRET');
    return { kind: 'basic', user, password: need('TWILIO_API_SECRET', apiSecret, 'TWILIO_API_KEY') };
  }
  if (accountSid === undefined && authToken === undefined) return null;
  const user = need('TWILIO_ACCOUNT_SID', accountSid, 'TWILIO_AUTH_TOKEN');
  return { kind: 'basic', user, password: need('TWILIO_AUTH_TOKEN', authToken, 'TWILIO_ACCOUNT_SID') };
}

function readKore(variables: Variables): UpstreamAuth | null {
  const { KORE_CLIENT_ID: clientId, KORE_CLIENT_SECRET: clientSecret } = variables;
  if (clientId === undefined && clientSecret === undefined) return null;
  return {
    kind: 'client-credentials',
    clientId: need('KORE_CLIENT_ID', clientId, 'KORE_CLIENT_SECRET'),
    clientSecret: need('KORE_CLIENT_SECRET', clientSecret, 'KORE_CLIENT_ID'),
    tokenUrl: variables.KORE_TOKEN_URL,
  };
}

function need(name: string, value: string | undefined, other: string): string {
  if (value === undefined) throw new ConfigError(`${name}: expected, since ${other} is set`);
  return value;
}

function readAuth({ GATEWAY_AUTH, HOST }: Variables, upstream: RemoteUpstream | null): 'none' {
  if (GATEWAY_AUTH === undefined && upstream !== null && !isLoopback(HOST)) {
    throw new ConfigError(
      `GATEWAY_AUTH: expected with HOST=${HOST}, which opens a real upstream to the network; ` +
        'write GATEWAY_AUTH=none if that is meant',
    );
  }
  return GATEWAY_AUTH ?? 'none';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
