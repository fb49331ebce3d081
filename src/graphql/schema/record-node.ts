import type { AnyRecord, ResourceDeclaration } from '../../resources/define.js';
import type { OperationContext } from './builder.js';

/** The source object of a resource's GraphQL type: an edge's record, or an object that is known by its SID. */
export interface RecordNode {
  /** Name of the GraphQL type: how GraphQL tells the members of `Node` and `_Entity` apart. */
  readonly __typename: string;
  /** The SID that the object was asked for by; `null` for a record that cannot be fetched. */
  readonly sid: string | null;
  /** What identifies the object among all of its type: the rest of its global ID. */
  readonly key: string;
  /** `null` until a field needs it. */
  readonly record: AnyRecord | null;
}

/**
 * Reads from the record of a node, which is loaded first if it has not been.
 *
 * @param read - is given the record
 * @returns `null` if the upstream has no such record
 */
export function withRecord<T>(
  { record, sid }: RecordNode,
  resource: ResourceDeclaration,
  { loaders }: OperationContext,
  read: (record: AnyRecord) => T,
): T | null | Promise<T | null> {
  if (record !== null) return read(record);
  if (sid === null) return null;
  return loaders.record(resource, sid).then((loaded) => (loaded === null ? null : read(loaded)));
}
