import { givenName } from '../use-operation-name.js';

/** The parameters of an operation (GraphQL over HTTP) in their plain form. */
export interface Parameters {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

const PLAIN_PARAMETERS: ReadonlySet<string> = new Set(['query', 'operationName', 'variables']);

/**
 * Reads a body of JSON.
 *
 * @returns `null` for one with anything else in it, or with anything wrong with it
 */
export function readParameters(body: string): Parameters | null {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return null;
  }
  if (!isObject(json)) return null;
  for (const name in json) if (!PLAIN_PARAMETERS.has(name)) return null;
  const { query, operationName, variables = null } = json;
  if (typeof query !== 'string') return null;
  if (operationName != null && typeof operationName !== 'string') return null;
  if (variables !== null && !isObject(variables)) return null;
  return { query, operationName: givenName(operationName), variables: variables ?? {} };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
