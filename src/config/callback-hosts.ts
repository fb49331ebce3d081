import { isLoopback } from './hosts.js';

/** A router to which the events of subscriptions may be sent. */
export interface CallbackHost {
  /** As in a URL: in lower case, an IPv6 address in brackets. */
  readonly hostname: string;
  /** `null`: any port. */
  readonly port: number | null;
  /** Whether `http:` is allowed besides `https:`. */
  readonly allowsHttp: boolean;
}

/** What a URL has to do with the routers of a list; `plaintext`: `http:` is not allowed for the host. */
type CallbackUrlVerdict = 'allowed' | 'plaintext' | 'unknown host';

const ENTRY = /^(?<http>http:\/\/)?(?<host>[\w.-]+|\[[\da-f:.]+\])(?::(?<port>\d{1,5}))?$/i;

const MAX_PORT = 65_535;

/**
 * Parses `LIVE_CALLBACK_HOSTS`: hosts separated by commas, each with its port or for any port. `http:` is allowed for loopback
 * hosts, and for those with the prefix `http://`: what goes over the network unencrypted is visible in the configuration.
 *
 * @throws {Error} that says what was expected
 */
export function parseCallbackHosts(text: string): readonly CallbackHost[] {
  return text.split(',').map((entry) => {
    const { http, host = '', port } = ENTRY.exec(entry.trim())?.groups ?? {};
    // The URL parser has other forms of some addresses: `127.1` is `127.0.0.1`.
    const url = `http://${host}`;
    if (host === '' || !URL.canParse(url) || (port !== undefined && !isPort(Number(port)))) {
      throw new Error(
        'expected hosts such as router.example.com or router.example.com:4000, separated by commas; with the prefix http:// if ' +
          'they are called without TLS',
      );
    }
    const { hostname } = new URL(url);
    return {
      hostname,
      port: port === undefined ? null : Number(port),
      allowsHttp: http !== undefined || isLoopback(hostname),
    };
  });
}

function isPort(port: number): boolean {
  return port > 0 && port <= MAX_PORT;
}

/** Compares a URL with the routers of the list, by host, port and scheme. */
export function judgeCallbackUrl(hosts: readonly CallbackHost[], url: URL): CallbackUrlVerdict {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const matching = hosts.filter(
    (host) => host.hostname === url.hostname && (host.port === null || host.port === port),
  );
  if (matching.length === 0) return 'unknown host';
  return url.protocol === 'https:' || matching.some(({ allowsHttp }) => allowsHttp) ? 'allowed' : 'plaintext';
}
