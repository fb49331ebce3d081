import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';

/** The proxies between the gateway and hosts outside. */
export interface ProxySettings {
  /** URL of the proxy for `https:` URLs; `null`: that of `http:` URLs. It may contain credentials. */
  readonly httpsProxy: string | null;
  /** URL of the proxy for `http:` URLs; `null`: they are requested directly. It may contain credentials. */
  readonly httpProxy: string | null;
  /** Hosts that are requested directly, as in `NO_PROXY`. */
  readonly noProxy: string;
}

/** Maximum size of a response body in bytes, as received. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;

/** A proxy could not reach the hosts of this machine, the sandbox among them. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export interface DispatcherSettings {
  /** Maximum number of connections to one origin. */
  readonly connections: number;
  /** Time limit of a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** `null`: all hosts are requested directly. */
  readonly proxy: ProxySettings | null;
}

/** Creates the connections to hosts outside: direct ones, or through proxies by CONNECT. */
export function createDispatcher({ connections, connectTimeoutMs, proxy }: DispatcherSettings): Dispatcher {
  const options = {
    connections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxResponseSize: MAX_BODY_BYTES,
    connect: { timeout: connectTimeoutMs },
    // The timer of the attempt covers both. undici's body timeout would restart with each chunk.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxy === null) return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    // Empty strings, because undici would read the environment by itself in place of `undefined`.
    httpProxy: proxy.httpProxy ?? '',
    httpsProxy: proxy.httpsProxy ?? '',
    noProxy: proxy.noProxy === '*' ? '*' : [proxy.noProxy, ...LOOPBACK].join(','),
    proxyTls: { timeout: connectTimeoutMs },
  });
}

/**
 * Returns the status with which a proxy has rejected a connection.
 *
 * @param error - error of a request
 * @returns `null` if the request failed for another reason
 */
export function proxyRejection(error: unknown): number | null {
  // undici has no class for it.
  const text = error instanceof Error ? error.message : '';
  const status = /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling$/.exec(text)?.[1];
  return status === undefined ? null : Number(status);
}
