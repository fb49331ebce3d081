import type { Account } from './account.js';
import { type Answer, ApiError, jsonAnswer } from './answer.js';
import { envelope } from './envelope.js';
import type { Fault } from './faults.js';
import { withListFaults } from './list-faults.js';
import { type ListPage, listPage } from './list-page.js';
import { type ListRules, readListRequest } from './list-request.js';
import type { WireSim } from './wire.js';

/** What the routes answer from. */
export interface Api extends ListRules {
  readonly account: Account;
  /** Base of the URLs in the answers. */
  readonly urlBase: string;
}

/** Filters of the SIM list, and the member of a SIM that each one compares. */
const SIM_FILTERS: Readonly<Record<string, string>> = {
  Status: 'status',
  Iccid: 'iccid',
  RatePlan: 'rate_plan_sid',
};

/**
 * Answers an authenticated request.
 *
 * @param faults - those that concern the pages of lists are heeded here
 * @throws {ApiError} for everything that the API refuses
 */
export function route(
  api: Api,
  method: string,
  path: string,
  query: URLSearchParams,
  faults: readonly Fault[],
): Answer {
  const [, name, sub] = /^\/v1\/Sims(?:\/([^/]+)(\/DataSessions)?)?$/.exec(path) ?? notFound(path);
  if (method !== 'GET') throw new ApiError(405, 20004, 'Method not allowed');
  if (name === undefined) return page(api, 'sims', simsPage(api, path, query), faults);
  if (sub === undefined) return jsonAnswer(200, api.account.sim(decoded(name)) ?? notFound(path));
  return page(api, 'data_sessions', sessionsPage(api, name, path, query), faults);
}

function simsPage(api: Api, path: string, query: URLSearchParams): ListPage {
  const request = readListRequest(path, query, Object.keys(SIM_FILTERS), api);
  const matches = (sim: WireSim) =>
    request.filters.every(([name, value]) => sim[SIM_FILTERS[name] ?? name] === value);
  return listPage(api.account.sims, request, matches, headHasToken(api));
}

function sessionsPage(api: Api, simSid: string, path: string, query: URLSearchParams): ListPage {
  const list = api.account.sessions(simSid) ?? notFound(path);
  return listPage(list, readListRequest(path, query, [], api), undefined, headHasToken(api));
}

function page(api: Api, key: string, found: ListPage, faults: readonly Fault[]): Answer {
  return jsonAnswer(200, envelope(key, withListFaults(found, faults), api.tokens, api.urlBase));
}

/** The plain head of the list cannot be told from any other request for it, so it could not be refused. */
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
