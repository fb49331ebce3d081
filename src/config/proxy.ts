import type { ProxySettings } from '../upstream/http/dispatcher.js';
import type { Variables } from './variables.js';

/** Reads the proxy settings of outgoing requests. @returns `null` if no proxy is configured */
export function readProxy({ HTTPS_PROXY, HTTP_PROXY, NO_PROXY }: Variables): ProxySettings | null {
  if (HTTPS_PROXY === undefined && HTTP_PROXY === undefined) return null;
  return { httpsProxy: HTTPS_PROXY ?? null, httpProxy: HTTP_PROXY ?? null, noProxy: NO_PROXY };
}
