import type { PageRef } from '../../pagination/page.js';
import { isJsonObject } from '../../resources/codecs.js';
import type { UpstreamErrorDetails } from '../errors.js';
import { badResponse } from './bad-response.js';
import { type ListAddress, PageUrlError, queryAfterAddress, readPageUrl } from './page-url.js';

/** The pages that a page is between. */
export interface Neighbours {
  readonly next: PageRef | null;
  readonly previous: PageRef | null;
}

/**
 * Reads the envelope that every list of the upstream comes in.
 *
 * @param meta - the member of that name
 * @param address - the list that was asked for
 * @param size - the page size that was asked for
 * @throws {UpstreamError} UPSTREAM_BAD_RESPONSE when it is none, is another list's, or leads out of the list
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

/** Whether the answer says of itself that it is this list's; one that says nothing readable is believed. */
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
  if (typeof url !== 'string') throw badResponse('has a next page URL that is no text', details);
  let page: PageRef;
  try {
    page = readPageUrl(url, address, size);
  } catch (error) {
    if (error instanceof PageUrlError)
      throw badResponse('has a next page URL that must not be followed', details);
    throw error;
  }
  // Without a token it would be the head of the list again, for ever.
  if (page.token === null) throw badResponse('has a next page URL without a page token', details);
  return page;
}

/** A way back is seldom needed, and the way from the head leads there too: one that is no good is none. */
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
