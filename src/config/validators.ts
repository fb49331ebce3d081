import { isIP } from 'node:net';
import { makeValidator } from 'envalid';
import { parseCallbackHosts } from './callback-hosts.js';
import { isLoopback } from './hosts.js';
import { parseRedisUrl } from './redis-url.js';
import { parseTokens } from './tokens.js';

/** A host to listen on. An IPv6 address may be in brackets, as in URLs. */
export const listenHost = makeValidator((text) => {
  const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  // Brackets are only valid around an IPv6 address. A URL or `host:port` would never resolve.
  const valid = host === text ? isIP(host) !== 0 || /^[\w.-]+$/.test(host) : isIP(host) === 6;
  if (!valid) throw new Error('expected a host name or an IP address, without scheme or port');
  return host;
});

/** A credential. White space in it is an error of copying and would make each request fail later. */
export const credential = makeValidator((text) => {
  if (!isCredential(text)) throw new Error('expected a credential without white space inside');
  return text;
});

export function isCredential(text: string): boolean {
  return text !== '' && !/[\s\p{Cf}\p{Cc}]/u.test(text);
}

/** One or more values, separated by commas. */
export const list = makeValidator((text) => {
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.includes('')) throw new Error('expected one or more values, separated by commas');
  return entries;
});

export const httpUrl = makeValidator((text) => {
  if (!isHttpUrl(text)) throw new Error('expected an http(s) URL');
  return text.replace(/\/+$/, '');
});

/** A JWKS URL. Without TLS an attacker could replace the keys and sign tokens. */
export const jwksUrl = makeValidator((text) => {
  const secure = isUrl(text, ['https:']) || (isUrl(text, ['http:']) && isLoopback(new URL(text).hostname));
  if (!secure) throw new Error('expected an https URL (http only on a loopback host)');
  return text;
});

/** Where Redis is. The error does not quote the URL, because it may contain a password. */
export const redisUrl = makeValidator(parseRedisUrl);

/** A proxy URL. The error does not quote it, because it may contain a password. */
export const proxyUrl = makeValidator((text) => {
  if (!isUrl(text, ['http:', 'https:']))
    throw new Error('expected an http(s) URL, such as http://proxy:3128');
  const { username, password } = new URL(text);
  // undici would send neither of them.
  if ((username === '') !== (password === ''))
    throw new Error('expected a user name and a password, or neither');
  if (!isPercentEncoded(username + password))
    throw new Error('expected percent-encoded credentials: a `%` in them is `%25`');
  return text;
});

export const count = (min: number, max: number) =>
  makeValidator((text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new Error(`expected an integer from ${min} to ${max}`);
    }
    return value;
  });

/** Largest `UPSTREAM_CONCURRENCY`. */
export const MAX_CONCURRENCY = 1000;

/** Secrets that sign cursors. */
export const cursorSecrets = makeValidator((text) => {
  const secrets = text.split(',').map((secret) => secret.trim());
  if (secrets.some(({ length }) => length < MIN_CURSOR_SECRET))
    throw new Error(`expected secrets of ${MIN_CURSOR_SECRET} or more characters, separated by commas`);
  if (new Set(secrets).size < secrets.length) throw new Error('expected secrets that differ');
  return secrets;
});

const MIN_CURSOR_SECRET = 32;

/** A number of processes, or `auto`. */
export const workers = makeValidator((text) => {
  const value = Number(text);
  if (text === 'auto') return text;
  if (!/^\d+$/.test(text) || value < 1 || value > 256)
    throw new Error('expected an integer from 1 to 256, or auto');
  return value;
});

const MINUTES = 60_000;
export const milliseconds = count(1, 60 * MINUTES);
export const drainDelay = count(0, 60 * MINUTES);
export const cacheAge = count(0, 24 * 60 * MINUTES);

const PROPAGATORS = ['tracecontext', 'baggage', 'none'] as const;

/** Names of propagators, separated by commas. */
export const propagators = makeValidator((text) =>
  text.split(',').map((entry) => {
    const name = PROPAGATORS.find((known) => known === entry.trim());
    if (name === undefined) throw new Error('expected tracecontext or baggage, separated by commas, or none');
    return name;
  }),
);

const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;

export const otlpProtocol = makeValidator((text) => {
  const protocol = OTLP_PROTOCOLS.find((known) => known === text);
  if (protocol === undefined) throw new Error('expected http/protobuf or http/json (grpc is not supported)');
  return protocol;
});

/** A number from 0 to 1 in decimal notation, with or without an exponent. */
export const ratio = makeValidator((text) => {
  const value = Number(text);
  if (!/^\d*\.?\d+(e-?\d+)?$/i.test(text) || value > 1) throw new Error('expected a number from 0 to 1');
  return value;
});

export const onOff = makeValidator((text) => {
  if (/^(true|on|1|yes)$/i.test(text)) return true;
  if (/^(false|off|0|no)$/i.test(text)) return false;
  throw new Error('expected on or off');
});

export const origins = makeValidator((text) =>
  text.split(',').map((entry) => {
    const origin = entry.trim();
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error('expected origins such as https://app.example.com, separated by commas');
    }
    return origin;
  }),
);

/** Routers that may be called back. */
export const callbackHosts = makeValidator(parseCallbackHosts);

export const staticTokens = makeValidator(parseTokens);

export function isHttpUrl(text: string): boolean {
  return isUrl(text, ['http:', 'https:']);
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

function isPercentEncoded(text: string): boolean {
  try {
    return decodeURIComponent(text) !== null;
  } catch {
    return false;
  }
}
