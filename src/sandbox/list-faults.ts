import { ApiError } from './answer.js';
import type { Fault } from './faults.js';
import type { ListPage, PageLink } from './list-page.js';

/** Applies the list faults to a page. */
export function withListFaults(page: ListPage, faults: readonly Fault[]): ListPage {
  return faults.reduce(withListFault, page);
}

function withListFault(page: ListPage, fault: Fault): ListPage {
  switch (fault.kind) {
    case 'repeatToken':
      return page.request.position === null ? page : { ...page, next: selfLink(page) };
    case 'emptyPages':
      return { ...page, next: afterEmptyPages(page, fault.pages) };
    case 'danglingNext':
      return { ...page, next: page.next ?? danglingLink(page) };
    case 'extraParameters':
      return withExtraParameters(page, fault.parameters);
    case 'foreignNext':
      return { ...page, rewriteNext: fault.rewrite ?? toForeignHost };
    default:
      return page;
  }
}

function withExtraParameters(page: ListPage, parameters: string): ListPage {
  const { position, others } = page.request;
  const expected = JSON.stringify([...new URLSearchParams(parameters)]);
  if (position !== null && JSON.stringify(others) !== expected) {
    throw new ApiError(400, 20001, 'Paging parameters are missing');
  }
  return { ...page, extraParameters: parameters };
}

function selfLink({ request }: ListPage): PageLink {
  return { page: request.page + 1, position: request.position };
}

function afterEmptyPages({ records, next }: ListPage, emptyPages: number): PageLink | null {
  // An empty page has its own countdown. Restarting the countdown would never reach the records.
  if (records.length === 0 || next?.position == null) return next;
  return { page: next.page, position: { ...next.position, emptyPages } };
}

function danglingLink({ request, records }: ListPage): PageLink | null {
  // Only once: the page after the last one ends the list.
  if (records.length === 0 && request.position !== null) return null;
  return { page: request.page + 1, position: { direction: 'after', key: END_OF_LIST, emptyPages: 0 } };
}

/** Smaller than any key of a list, and one larger than the smallest key that a token can encode. */
const END_OF_LIST = -0x7fff_ffff;

function toForeignHost(text: string): string {
  const url = new URL(text);
  url.hostname = 'upstream.invalid';
  return url.href;
}
