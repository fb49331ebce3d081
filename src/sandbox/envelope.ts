import type { ListPage, PageLink } from './list-page.js';
import { type ListRequest, listName } from './list-request.js';
import type { PageTokens } from './tokens.js';
import type { WireRecord } from './wire.js';

/**
 * Returns a page in the format of the API: records under the key of the list, and absolute URLs of the neighbouring
 * pages.
 *
 * @param key - `data_sessions` or `sims`
 * @param urlBase - base of the URLs
 */
export function envelope(
  key: string,
  { request, records, next, previous, extraParameters, rewriteNext }: ListPage,
  tokens: PageTokens,
  urlBase: string,
): WireRecord {
  const url = (link: PageLink) => {
    const text = pageUrl(urlBase, request, link, tokens);
    return extraParameters === null || link.position === null ? text : `${text}&${extraParameters}`;
  };
  const nextUrl = next && url(next);
  return {
    [key]: records,
    meta: {
      page: request.page,
      page_size: request.size,
      first_page_url: url({ page: 0, position: null }),
      previous_page_url: previous && url(previous),
      url: url({ page: request.page, position: request.position }),
      next_page_url: nextUrl && rewriteNext ? rewriteNext(nextUrl) : nextUrl,
      key,
    },
  };
}

function pageUrl(
  urlBase: string,
  request: ListRequest,
  { page, position }: PageLink,
  tokens: PageTokens,
): string {
  const parameters: (readonly [string, string])[] = [
    ...request.filters,
    ['PageSize', String(request.size)],
    ['Page', String(page)],
  ];
  if (position !== null) {
    parameters.push(['PageToken', tokens.issue(listName(request), request.size, position)]);
  }
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${urlBase}${request.path}?${query}`;
}
