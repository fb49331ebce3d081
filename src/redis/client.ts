import { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from '../config/index.js';

/** A connection to a server, or the connections to a cluster. */
export type RedisClient = Redis | Cluster;

/** Time limit of a connection in milliseconds. */
export const CONNECT_MS = 2000;
const FIRST_RECONNECT_MS = 50;
const MAX_RECONNECT_MS = 1000;

/**
 * Creates the client without connecting it. It reconnects by itself, and never queues or repeats a command: a caller that
 * cannot have an answer now serves on without it.
 */
export function createClient(address: RedisAddress): RedisClient {
  const { kind, nodes, tls, username, password, database, primary } = address;
  const common = {
    ...(username !== null && { username }),
    ...(password !== null && { password }),
    // Certificates are verified against the CAs of Node.
    ...(tls && { tls: {} }),
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // After a failover the address may lead to the new primary; this connection stays with the old one.
    reconnectOnError: ({ message }: Error) => message.includes('READONLY'),
  };
  const single = {
    ...common,
    db: database,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: reconnectDelay,
  };
  if (kind === 'cluster') {
    return new Cluster([...nodes], {
      redisOptions: common,
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: reconnectDelay,
      // Nodes that were restarted come back without a change of the slots.
      clusterNodeRetryStrategy: reconnectDelay,
      slotsRefreshTimeout: CONNECT_MS,
      // Addresses of nodes are host names then, which the certificates name.
      ...(tls && { dnsLookup: (host, resolved) => resolved(null, host) }),
    });
  }
  if (kind === 'standalone') return new Redis({ ...single, ...nodes[0] });
  return new Redis({
    ...single,
    sentinels: [...nodes],
    name: primary,
    sentinelRetryStrategy: reconnectDelay,
    sentinelCommandTimeout: CONNECT_MS,
    ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
  });
}

/** @param times - number of attempts so far. @returns milliseconds, with jitter */
function reconnectDelay(times: number): number {
  return (
    Math.min(MAX_RECONNECT_MS, FIRST_RECONNECT_MS * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2)
  );
}
