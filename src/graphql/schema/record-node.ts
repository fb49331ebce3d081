import type { AnyRecord } from '../../resources/any-record.js';
import type { ListArguments } from '../../resources/arguments.js';
import type { ResourceDeclaration } from '../../resources/define.js';
import { type Member, unwrap } from '../../resources/member.js';
import type { OperationContext } from './operation-context.js';

/** The source object of a resource's GraphQL type: an edge's record, or an object that is known by its SID. */
export interface RecordNode {
  /** Name of the GraphQL type: how GraphQL tells the members of `Node` and `_Entity` apart. */
  readonly __typename: string;
  /** The SID of the object: the one that it was fetched by, or that of the record. */
  readonly sid: Member<string>;
  /** What identifies the object among all of its type: the rest of its global ID. */
  readonly key: string;
  /** `null` until a field needs it. */
  readonly record: AnyRecord | null;
  /** Arguments of the list that the record is in. */
  readonly args?: ListArguments;
}

/**
 * The SID by which the lists of an object are requested; empty for those of `Query`.
 *
 * @throws {MalformedMemberError} if the SID of the object arrived with a wrong type
 */
export function parentSidOf(parent: RecordNode | undefined): string {
  return unwrap(parent?.sid ?? null) ?? '';
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
  read: (record: AnyRecord) => T | Promise<T>,
): T | null | Promise<T | null> {
  if (record !== null) return read(record);
  if (typeof sid !== 'string') return null;
  return loaders.record(resource, sid).then((loaded) => (loaded === null ? null : read(loaded)));
}
