import { givenName } from '../graphql/plugins/operation-name.js';
import type { PersistedRequest } from '../graphql/plugins/persisted-operations.js';

/** Parameters of a GraphQL request that the fast path supports. */
export interface GraphqlParameters extends PersistedRequest {
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

const PARAMETERS: ReadonlySet<string> = new Set([
  'query',
  'operationName',
  'variables',
  'extensions',
  'documentId',
]);

/** Reads a JSON body. @returns `null` for a request that Yoga has to handle */
export function readBodyParameters(body: string): GraphqlParameters | null {
  const json = parse(body);
  if (!isObject(json)) return null;
  for (const name in json) if (!PARAMETERS.has(name)) return null;
  return parametersOf(json);
}

/** Reads the query string of a GET request. @returns `null` for a request that Yoga has to handle */
export function readQueryParameters(url: string): GraphqlParameters | null {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const given: Record<string, unknown> = {};
  for (const [name, value] of parameters) {
    if (!PARAMETERS.has(name) || name in given) return null;
    given[name] = name === 'variables' || name === 'extensions' ? parse(value) : value;
    if (given[name] === undefined) return null;
  }
  return parametersOf(given);
}

function parametersOf(given: Readonly<Record<string, unknown>>): GraphqlParameters | null {
  const { query, operationName, variables = null, extensions = null, documentId } = given;
  if (query !== undefined && typeof query !== 'string') return null;
  if (operationName != null && typeof operationName !== 'string') return null;
  if (variables !== null && !isObject(variables)) return null;
  if (extensions !== null && !isObject(extensions)) return null;
  if (documentId !== undefined && typeof documentId !== 'string') return null;
  const name = givenName(operationName);
  return { query, operationName: name, variables: variables ?? {}, documentId, extensions };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
