import { type Catalog, collectionsOf } from '../resources/catalog.js';
import { type CollectionDeclaration, PARENT, parametersOf } from '../resources/define.js';
import type { Account } from './account.js';
import { type Answer, ApiError, jsonAnswer } from './answer.js';
import { envelope } from './envelope.js';
import type { Fault } from './faults.js';
import { withListFaults } from './list-faults.js';
import { listPage } from './list-page.js';
import { type ListRules, readListRequest } from './list-request.js';
import { selectRecords } from './select-records.js';

/** What the routes answer from. */
export interface Api extends ListRules {
  readonly account: Account;
  readonly routes: readonly CollectionRoute[];
  /** Base of the URLs in the answers. */
  readonly urlBase: string;
  /** Time of the data, in milliseconds since 1970. */
  readonly now: number;
}

/** The requests for one collection and for its records. */
export interface CollectionRoute {
  readonly collection: CollectionDeclaration;
  /** Matches the path of the collection; its group is the SID of the parent, if there is one. */
  readonly list: RegExp;
  /** Matches the path of a record; its group is the name of the record. `null`: single records cannot be fetched. */
  readonly record: RegExp | null;
  /** Path of the collection that has to have the parent; `null`: there is no parent. */
  readonly parentPath: string | null;
}

/** The routes of every collection of a catalog. */
export function routesOf(catalog: Catalog): readonly CollectionRoute[] {
  const fetchable = new Set(catalog.resources.map(({ single }) => single?.collection));
  return [...collectionsOf(catalog)].map((collection) => {
    const { path } = collection;
    const pattern = path.replace(PARENT, '([^/]+)');
    return {
      collection,
      list: new RegExp(`^${pattern}$`),
      record: fetchable.has(collection) ? new RegExp(`^${pattern}/([^/]+)$`) : null,
      parentPath: path.includes(PARENT) ? path.slice(0, path.indexOf(`/${PARENT}`)) : null,
    };
  });
}

/**
 * Answers an authenticated request.
 *
 * @param faults - those that concern the pages of lists are applied here
 * @throws {ApiError} for everything that the API refuses
 */
export function route(
  api: Api,
  method: string,
  path: string,
  query: URLSearchParams,
  faults: readonly Fault[],
): Answer {
  for (const candidate of api.routes) {
    const { list, record, collection } = candidate;
    const listed = list.exec(path);
    const fetched = listed === null ? record?.exec(path) : null;
    if (listed === null && fetched == null) continue;
    if (method !== 'GET') throw new ApiError(405, 20004, 'Method not allowed');
    if (fetched != null) {
      return jsonAnswer(
        200,
        api.account.record(collection.path, decoded(fetched[1] ?? '')) ?? notFound(path),
      );
    }
    return listAnswer(api, candidate, listed?.[1], path, query, faults);
  }
  notFound(path);
}

function listAnswer(
  api: Api,
  { collection, parentPath }: CollectionRoute,
  parent: string | undefined,
  path: string,
  query: URLSearchParams,
  faults: readonly Fault[],
): Answer {
  const { account, tokens, urlBase } = api;
  if (parentPath !== null && account.list(parentPath).find(({ sid }) => sid === parent) === undefined)
    notFound(path);
  const request = readListRequest(path, query, parametersOf(collection), api);
  const { list, matches } = selectRecords(api, collection, parent ?? null, request);
  const page = listPage(list, request, matches, headHasToken(api));
  return jsonAnswer(200, envelope(collection.envelopeKey, withListFaults(page, faults), tokens, urlBase));
}

/** The first page without a token cannot be told from any other request for it, so it could not be refused. */
function headHasToken(api: Api): boolean {
  return api.previousPages === 'refused';
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function notFound(path: string): never {
  throw new ApiError(404, 20404, `The requested resource ${path} was not found`);
}
