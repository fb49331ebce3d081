import { ApiError } from './answer.js';
import type { Assumptions } from './assumptions.js';
import type { PagePosition } from './record-list.js';
import type { PageTokens } from './tokens.js';
import type { Dialect } from './wire.js';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

/** A parsed request for one page. */
export interface ListRequest {
  readonly path: string;
  /** Filters as name and value, in the order of the documentation. */
  readonly filters: readonly (readonly [name: string, value: string])[];
  /** Undocumented parameters, decoded. */
  readonly others: readonly (readonly [name: string, value: string])[];
  readonly size: number;
  /** "Client state": page number that the client sends. */
  readonly page: number;
  /** `null` for the first page. */
  readonly position: PagePosition | null;
}

export interface ListRules {
  readonly dialect: Dialect;
  readonly previousPages: 'honoured' | 'refused';
  readonly tokens: PageTokens;
  readonly assumptions: Assumptions;
}

/**
 * Parses paging parameters and filters of a list request.
 *
 * @param filterNames - query parameters that filter this list
 * @throws {ApiError} 400 for paging parameters that the API rejects
 */
export function readListRequest(
  path: string,
  query: URLSearchParams,
  filterNames: readonly string[],
  { dialect, previousPages, tokens, assumptions }: ListRules,
): ListRequest {
  const asked = wholeNumber(query, 'PageSize', DEFAULT_PAGE_SIZE);
  if (asked > MAX_PAGE_SIZE && assumptions.largePages === 'refused') {
    throw new ApiError(400, 20001, `PageSize must be less than or equal to ${MAX_PAGE_SIZE}`);
  }
  const size = Math.min(asked, MAX_PAGE_SIZE);
  if (size < 1) throw new ApiError(400, 20001, 'PageSize must be greater than or equal to 1');
  const token = query.get('PageToken');
  const page = wholeNumber(query, 'Page', token ? 1 : 0);
  const filters = filterNames.flatMap((name) => {
    const value = query.get(name);
    return value ? [[name, value] as const] : [];
  });
  const known = ['PageSize', 'Page', 'PageToken', ...filterNames];
  const others = [...query].filter(([name]) => !known.includes(name));
  const request = { path, filters, others, size, page };
  if (!token) {
    if (page > 0) throw new ApiError(400, 20001, 'PageToken is required for paging');
    return { ...request, position: null };
  }
  const position = tokens.read(listName(request), size, token);
  if (position === null || (position.direction === 'before' && previousPages === 'refused')) {
    throw dialect === 'kore'
      ? new ApiError(400, 33103, 'Paging information is invalid')
      : new ApiError(400, 20001, 'Invalid PageToken');
  }
  return { ...request, position };
}

/** Returns the name that page tokens are bound to. Lists with different filters are different lists. */
export function listName({ path, filters }: Pick<ListRequest, 'path' | 'filters'>): string {
  return `${path}?${JSON.stringify(filters)}`;
}

function wholeNumber(query: URLSearchParams, name: string, missing: number): number {
  const text = query.get(name);
  if (text === null || text === '') return missing;
  if (!/^\d{1,9}$/.test(text)) throw new ApiError(400, 20001, `${name} must be a whole number`);
  return Number(text);
}
