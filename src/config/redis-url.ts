import { isIPv6 } from 'node:net';

/** Where Redis is, from `REDIS_URL`. */
export interface RedisAddress {
  /** A single server, a primary that Sentinels name, or a cluster. */
  readonly kind: 'standalone' | 'sentinel' | 'cluster';
  /** The server, the Sentinels, or some nodes of the cluster. */
  readonly nodes: readonly RedisNode[];
  /** Whether all connections use TLS. */
  readonly tls: boolean;
  /** Of the data nodes; `null`: none. */
  readonly username: string | null;
  readonly password: string | null;
  /** Database number. A cluster only has 0. */
  readonly database: number;
  /** Name by which Sentinels know the primary; empty otherwise. */
  readonly primary: string;
}

interface RedisNode {
  readonly host: string;
  readonly port: number;
}

const KINDS: Readonly<Record<string, RedisAddress['kind']>> = {
  redis: 'standalone',
  'redis-sentinel': 'sentinel',
  'redis-cluster': 'cluster',
};
const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26379;

const URL_PARTS =
  /^(redis|rediss)(-sentinel|-cluster)?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/(\d{0,5}))?(?:#([\w.-]+))?$/;

/**
 * Parses a Redis URL in the syntax of Lettuce: `redis://[[user:]password@]host[:port][/database]`, and with several
 * hosts `redis-sentinel://host:port,host:port[/database]#primary` or `redis-cluster://host:port,host:port`. `rediss`
 * instead of `redis` uses TLS.
 *
 * @throws {Error} that says what was expected, without a part of the URL, which may contain a password
 */
export function parseRedisUrl(text: string): RedisAddress {
  const parts = URL_PARTS.exec(text);
  if (parts === null) {
    throw new Error(
      'expected redis://host:port, redis-sentinel://host:port,host:port#primary or redis-cluster://host:port,host:port (rediss for TLS)',
    );
  }
  const [, scheme = '', suffix = '', credentials, hosts = '', database = '', primary = ''] = parts;
  const kind = KINDS[`redis${suffix}`] ?? 'standalone';
  const nodes = hosts.split(',').map((host) => parseNode(host, kind));
  if (kind === 'standalone' && nodes.length > 1)
    throw new Error('expected one host; several need redis-sentinel:// or redis-cluster://');
  if (kind === 'sentinel' && primary === '')
    throw new Error('expected the name of the primary after #, as redis-sentinel://host:port#name');
  if (kind !== 'sentinel' && primary !== '') throw new Error('expected no # without redis-sentinel://');
  if (kind === 'cluster' && Number(database) !== 0)
    throw new Error('expected no database number: a cluster only has 0');
  return {
    kind,
    nodes,
    tls: scheme === 'rediss',
    ...parseCredentials(credentials),
    database: Number(database),
    primary,
  };
}

function parseNode(text: string, kind: RedisAddress['kind']): RedisNode {
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const number = Number(port ?? (kind === 'sentinel' ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT));
  const isAddress = bracketed === undefined || isIPv6(bracketed);
  if (host === undefined || !isAddress || number < 1 || number > 65_535)
    throw new Error('expected hosts as name, name:port or [IPv6]:port, separated by commas');
  return { host, port: number };
}

/** A single value is the password, as in Lettuce. */
function parseCredentials(text = ''): Pick<RedisAddress, 'username' | 'password'> {
  const colon = text.indexOf(':');
  const username = colon === -1 ? '' : decode(text.slice(0, colon));
  const password = decode(text.slice(colon + 1));
  return { username: username || null, password: password || null };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('expected user and password with %XX for reserved characters');
  }
}
