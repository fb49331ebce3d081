import type { PageRef } from '../../pagination/page.js';

/** A page URL that must not be followed. The message says what is wrong and contains nothing of the URL. */
export class PageUrlError extends Error {
  override readonly name = 'PageUrlError';
}

/** A query without characters that a URL parser would remove, encode, or read as the start of a fragment. */
const PLAIN_QUERY = /^[\w.~&=%+-]*$/;

/** Bounds of unknown parameters, which are part of the cursor of every edge. */
const MOST_OTHERS = 16;
const LONGEST_OTHERS = 1024;

/** Ports that a URL of either scheme may leave out. */
const DEFAULT_PORTS: ReadonlySet<string> = new Set(['', '80', '443']);

/** Which URLs are pages of one list. */
export interface ListAddress {
  /** Path of the list: `/v1/Sims/DE…/DataSessions`. */
  readonly path: string;
  /**
   * Bases of the path, as a URL parser writes them: the configured one, against which relative URLs are resolved, and the
   * public one of the dialect.
   */
  readonly bases: readonly [string, ...string[]];
  /** Whether a host name, in lower case, is one of the API, in addition to those of the bases. */
  readonly isAlias: (hostname: string) => boolean;
  /**
   * Names of the query parameters that filter the list. They are not taken from page URLs, which could otherwise lead to
   * another list.
   */
  readonly parameters?: readonly string[];
}

/**
 * Query string of the request for a page. No two pages have the same one.
 *
 * @example pageQuery({ size: 50, page: '1', token: 'PA+/=' }) // 'PageSize=50&Page=1&PageToken=PA%2B%2F%3D'
 */
export function pageQuery({ size, page, token, others }: PageRef): string {
  let query = `PageSize=${size}`;
  if (page !== null) query += `&Page=${encodeURIComponent(page)}`;
  if (token !== null) query += `&PageToken=${encodeURIComponent(token)}`;
  if (others !== undefined) query += `&${others}`;
  return query;
}

/**
 * Reads `meta.next_page_url` or `meta.previous_page_url`.
 *
 * Only the query parameters are taken from it: those of paging, and all others as they are. The request is rebuilt on the
 * configured base, so that it does not matter how the URL spells a host that the API is known by: `http` or `https`, with
 * the default port or without, relative or not. The vendor's own SDK sends its credentials to whatever host such a URL
 * names; here a foreign host or path is an error.
 *
 * @param size - the size that the page with this URL was asked for, where the URL names none.
 * @throws {PageUrlError} when the text is no URL of this list, or has more other parameters than are carried along
 */
export function readPageUrl(text: string, address: ListAddress, size: number): PageRef {
  const exact = queryAfterAddress(text, address);
  const query = exact !== null && PLAIN_QUERY.test(exact) ? exact : queryOf(text, address);
  return readQuery(query, address, size);
}

function readQuery(query: string, { parameters }: ListAddress, asked: number): PageRef {
  let size: string | null = null;
  let page: string | null = null;
  let token: string | null = null;
  const others: string[] = [];
  for (const parameter of query.split('&')) {
    if (parameter === '') continue;
    const equals = parameter.indexOf('=');
    const name = decoded(equals < 0 ? parameter : parameter.slice(0, equals));
    const value = equals < 0 ? '' : parameter.slice(equals + 1);
    // Of a repeated one the first counts.
    if (name === 'PageSize') size ??= decoded(value);
    else if (name === 'Page') page ??= decoded(value);
    else if (name === 'PageToken') token ??= decoded(value);
    else if (parameters?.includes(name) !== true) others.push(parameter);
  }
  const pageSize = size === null ? asked : Number(size);
  if (!Number.isInteger(pageSize) || pageSize < 1) {
    throw new PageUrlError('a page URL has a PageSize that is no positive integer');
  }
  const ref = { size: pageSize, page, token: token || null };
  return others.length === 0 ? ref : { ...ref, others: bounded(others) };
}

function bounded(others: readonly string[]): string {
  const text = others.join('&');
  if (others.length <= MOST_OTHERS && text.length <= LONGEST_OTHERS) return text;
  throw new PageUrlError(
    `a page URL has more than ${MOST_OTHERS} parameters beside those of paging, or over ${LONGEST_OTHERS} characters of them`,
  );
}

/** Decodes a name or value as forms do, leniently: what is no encoding stands for itself. */
function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return new URLSearchParams(`=${text}`).get('') ?? '';
  }
}

/**
 * Returns the query of a URL that begins with the address of the list exactly as configured, as nearly every page URL does.
 * Parsing a URL takes longer than reading everything else of a page except its records.
 *
 * @returns `null` for any other URL
 */
export function queryAfterAddress(text: string, { path, bases }: ListAddress): string | null {
  for (const base of bases) {
    const front = `${withoutSlash(base)}${path}?`;
    if (text.startsWith(front)) return text.slice(front.length);
  }
  return null;
}

/** The query of any URL of the list, as a URL parser writes it. */
function queryOf(text: string, { path, bases, isAlias }: ListAddress): string {
  const [own] = bases;
  let url: URL;
  try {
    url = /^[/?]/.test(text) ? new URL(text, withoutSlash(own) + path) : new URL(text);
  } catch {
    throw new PageUrlError('a page URL is no URL');
  }
  const { protocol, hostname, port, pathname, username, password } = url;
  const isWeb = (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
  const isNamed = pathname === path && DEFAULT_PORTS.has(port) && isAlias(hostname);
  if (!isWeb || !(isNamed || bases.some((base) => isOn(base, url, path)))) {
    throw new PageUrlError('a page URL names another host or path');
  }
  return url.search.slice(1);
}

/** Whether a URL is that of a path on a base. An API behind a proxy need not know of the prefix that the proxy adds. */
function isOn(base: string, { hostname, port, pathname }: URL, path: string): boolean {
  const { hostname: host, port: basePort, pathname: prefix } = new URL(base);
  const samePort = port === basePort || (DEFAULT_PORTS.has(port) && DEFAULT_PORTS.has(basePort));
  return hostname === host && samePort && (pathname === path || pathname === withoutSlash(prefix) + path);
}

function withoutSlash(base: string): string {
  return base.endsWith('/') ? base.slice(0, -1) : base;
}
