import type { IncomingMessage } from 'node:http';

/** The resource that a request is for. */
export interface RequestTarget {
  /** As it was sent: dot segments and percent-encoded characters are not resolved. `*`: the server as a whole. */
  readonly path: string;
  /** The query with its question mark; may be empty. */
  readonly search: string;
}

/** `uri-host [":" port]` (RFC 9110, 7.2), without an empty host. */
const HOST = /^(?:\[[0-9a-f:.]+(?:%25[\w.~-]+)?\]|[\w.~!$&'()*+,;=%-]+)(?::\d{0,5})?$/i;

/** Absolute form, which clients send to proxies and every server has to accept (RFC 9112, 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/**
 * Reads the target of a request. `Host` is only validated, so that nothing in it can become a path.
 *
 * @returns a string for a request that is not valid HTTP: what was expected
 */
export function readTarget(request: IncomingMessage): RequestTarget | string {
  const { url = '', method } = request;
  return checkHost(request) ?? (url[0] === '/' ? split(url) : readOther(url, method));
}

/** @returns what was expected; `null` if the `Host` header is valid */
function checkHost({ headers: { host }, rawHeaders, httpVersion }: IncomingMessage): string | null {
  if (host === undefined) return httpVersion === '1.0' ? null : 'Expected a Host header.';
  if (!HOST.test(host)) return 'Expected a host, with or without a port, in the Host header.';
  // Node keeps the first one only.
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1 ? 'Expected one Host header.' : null;
}

function readOther(url: string, method: string | undefined): RequestTarget | string {
  if (url === '*' && method === 'OPTIONS') return { path: '*', search: '' };
  const [, authority, rest = ''] = ABSOLUTE.exec(url) ?? [];
  if (authority === undefined || !HOST.test(authority) || rest[0] === '#') {
    return 'Expected a path, or an absolute http or https URL, as the request target.';
  }
  if (rest === '' && method === 'OPTIONS') return { path: '*', search: '' };
  return split(rest[0] === '/' ? rest : `/${rest}`);
}

function split(url: string): RequestTarget {
  const at = url.indexOf('?');
  return at === -1 ? { path: url, search: '' } : { path: url.slice(0, at), search: url.slice(at) };
}
