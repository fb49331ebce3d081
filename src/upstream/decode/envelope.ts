import type { PageRef } from '../../pagination/page.js';
import { isJsonObject } from '../../resources/codecs.js';
import type { UpstreamErrorDetails } from '../errors.js';
import { badResponse } from './bad-response.js';
import { type ListAddress, PageUrlError, queryAfterAddress, readPageUrl } from './page-url.js';

/** The pages before and after a page. */
export interface Neighbours {
  readonly next: PageRef | null;
  readonly previous: PageRef | null;
}

/**
 * Reads the paging information of a page.
 *
 * @param meta - member `meta` of the response
 * @param address - the requested list
 * @param size - the requested page size
 * @param details - of the response, for errors
 * @throws {UpstreamError} UPSTREAM_BAD_RESPONSE if it is not an object, belongs to another list, or has a next page URL
 *   that must not be followed
 */
export function readEnvelope(
  meta: unknown,
  address: ListAddress,
  size: number,
  details: UpstreamErrorDetails,
): Neighbours {
  if (!isJsonObject(meta)) throw badResponse('has no paging information', details);
  if (!isOf(address, meta.url)) throw badResponse('is that of another list', details);
  return {
    next: nextPage(meta.next_page_url, address, size, details),
    previous: previousPage(meta.previous_page_url, address, size),
  };
}

/** Whether the page is one of the requested list. A page whose own URL is absent or unreadable is accepted. */
function isOf(address: ListAddress, url: unknown): boolean {
  if (typeof url !== 'string' || queryAfterAddress(url, address) !== null || !URL.canParse(url)) return true;
  return new URL(url).pathname.endsWith(address.path);
}

function nextPage(
  url: unknown,
  address: ListAddress,
  size: number,
  details: UpstreamErrorDetails,
): PageRef | null {
  if (isNone(url)) return null;
  if (typeof url !== 'string') throw badResponse('has a next page URL that is not a string', details);
  let page: PageRef;
  try {
    page = readPageUrl(url, address, size);
  } catch (error) {
    if (error instanceof PageUrlError)
      throw badResponse('has a next page URL that must not be followed', details);
    throw error;
  }
  // Without a token it is the URL of the first page: the walk would never end.
  if (page.token === null) throw badResponse('has a next page URL without a page token', details);
  return page;
}

/** An unusable URL counts as absent: the page before can also be reached from the first page. */
function previousPage(url: unknown, address: ListAddress, size: number): PageRef | null {
  if (isNone(url) || typeof url !== 'string') return null;
  try {
    return readPageUrl(url, address, size);
  } catch (error) {
    if (error instanceof PageUrlError) return null;
    throw error;
  }
}

function isNone(url: unknown): boolean {
  return url === undefined || url === null || url === '';
}
