import type { PageRef } from '../../pagination/page.js';

/** A page URL that must not be followed. The message names what is wrong and repeats nothing of the URL. */
export class PageUrlError extends Error {
  override readonly name = 'PageUrlError';
}

/** A query without anything that a URL parser would take away, encode, or take for the beginning of a fragment. */
const PLAIN_QUERY = /^[\w.~&=%+-]*$/;

/** Which URLs are pages of one list. */
export interface ListAddress {
  /** Path of the list, as it is asked for: `/v1/Sims/DE…/DataSessions`. */
  readonly path: string;
  /**
   * Bases that may stand in front of the path, as a URL parser writes them: the configured one, and the dialect's
   * public one.
   */
  readonly bases: readonly string[];
}

/**
 * Query string of the request for a page.
 *
 * @example pageQuery({ size: 50, page: '1', token: 'PA+/=' }) // 'PageSize=50&Page=1&PageToken=PA%2B%2F%3D'
 */
export function pageQuery({ size, page, token }: PageRef): string {
  let query = `PageSize=${size}`;
  if (page !== null) query += `&Page=${encodeURIComponent(page)}`;
  if (token !== null) query += `&PageToken=${encodeURIComponent(token)}`;
  return query;
}

/**
 * Reads `meta.next_page_url` or `meta.previous_page_url`.
 *
 * Only three query parameters are taken from it. The vendor's own SDK sends its credentials to whatever
 * host such a URL names; here a foreign host, scheme or path is an error, and the request is rebuilt on
 * the configured base.
 *
 * @param size - the size that the page with this URL was asked for, where the URL names none.
 * @throws {PageUrlError} when the text is no absolute URL, or not one of this list.
 */
export function readPageUrl(text: string, address: ListAddress, size: number): PageRef {
  const query = queryAfterAddress(text, address);
  const isPlain = query !== null && PLAIN_QUERY.test(query);
  const parameters = isPlain ? new URLSearchParams(query) : readParameters(text, address);
  const named = parameters.get('PageSize');
  const pageSize = named === null ? size : Number(named);
  if (!Number.isInteger(pageSize) || pageSize < 1) {
    throw new PageUrlError('a page URL has a PageSize that is no positive integer');
  }
  return {
    size: pageSize,
    page: parameters.get('Page'),
    token: parameters.get('PageToken') || null,
  };
}

/**
 * All that is behind the address of the list and a question mark, in a text that begins with them, letter by letter. As
 * nearly every URL of the list does: to parse one takes longer than to read all else of a page but its records.
 *
 * @returns `null` for a text that does not
 */
export function queryAfterAddress(text: string, { path, bases }: ListAddress): string | null {
  for (const base of bases) {
    const front = `${withoutSlash(base)}${path}?`;
    if (text.startsWith(front)) return text.slice(front.length);
  }
  return null;
}

/** The parameters of any URL of the list. */
function readParameters(text: string, { path, bases }: ListAddress): URLSearchParams {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new PageUrlError('a page URL is no absolute URL');
  }
  const address = url.origin + url.pathname;
  if (
    url.username !== '' ||
    url.password !== '' ||
    !bases.some((base) => address === withoutSlash(base) + path)
  ) {
    throw new PageUrlError('a page URL names another scheme, host or path');
  }
  return url.searchParams;
}

function withoutSlash(base: string): string {
  return base.endsWith('/') ? base.slice(0, -1) : base;
}
