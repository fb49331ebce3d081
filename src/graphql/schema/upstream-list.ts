import type { GraphQLField } from 'graphql';
import type { Loaders } from '../../connections/loaders.js';
import type { ConnectionArguments, WindowRequest } from '../../pagination/arguments.js';

/** What a connection field of a SIM declares about the upstream list behind it: the one source for all who look ahead. */
export interface UpstreamList<Connection = unknown> {
  /** Loads a window, for the field itself and ahead of it; `null` if the upstream does not know the SIM. */
  readonly load: (loaders: Loaders, simSid: string, args: ConnectionArguments) => Promise<Connection | null>;
  /** Upstream requests that a window can take at most, retries and empty pages aside. */
  readonly windowCost: (request: WindowRequest) => number;
  /** The largest value that `windowCost` has for any request. */
  readonly maxWindowCost: number;
}

/**
 * Options of a connection field. Every one needs them: without, a window would count as a member of the SIM's record,
 * and pass `MAX_UPSTREAM_REQUESTS` (a test checks each connection field of the schema).
 */
export function upstreamList(list: UpstreamList): {
  readonly extensions: { readonly upstreamList: UpstreamList };
} {
  return { extensions: { upstreamList: list } };
}

/** The upstream list behind a field; `undefined` for a field that is no connection. */
export function listOf({ extensions }: GraphQLField<unknown, unknown>): UpstreamList | undefined {
  return (extensions as { readonly upstreamList?: UpstreamList }).upstreamList;
}
