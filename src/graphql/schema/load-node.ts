import type { GraphQLResolveInfo } from 'graphql';
import type { ResourceDeclaration, SingleRead } from '../../resources/define.js';
import { requestedData } from '../cost/lookahead.js';
import { InputError } from '../errors.js';
import type { OperationContext } from './builder.js';
import { type GlobalId, isGlobalId } from './global-id.js';
import type { RecordNode } from './record-node.js';

/**
 * Fetches a record by its SID, and side by side everything else that the operation reads of it.
 *
 * A list of the object tells as well as its record whether the object exists. The record is only requested if one of its
 * fields is selected, or no list is.
 *
 * @param sid - of any type, because GraphQL does not check the representations of entities
 * @returns `null` if the upstream has no such record
 * @throws {InputError} for a malformed SID, before any request is sent
 */
export async function loadBySid(
  resource: ResourceDeclaration,
  sid: unknown,
  { loaders, viewer }: OperationContext,
  info: GraphQLResolveInfo,
): Promise<RecordNode | null> {
  const { single, name } = resource;
  if (single === null) return null;
  if (typeof sid !== 'string' || !single.sidPattern.test(sid)) throw invalidSid(resource, single);
  const node = { __typename: name, sid, key: sid };
  const { record, lists } = requestedData(resource, info, viewer);
  // The connection fields find these windows in flight. Here it only matters whether they say that the object exists.
  const unknown = lists.map(({ list, args, window }) =>
    loaders.connection(list, sid, args, window).then(
      (connection) => connection === null,
      // The error of a window is reported at its field.
      () => false,
    ),
  );
  if (record || lists.length === 0) {
    const loading = loaders.record(resource, sid);
    // An error of the record is reported at the fields that read it: the lists may still be answered.
    const loaded = await (lists.length === 0 ? loading : loading.catch(() => undefined));
    return loaded === null ? null : { ...node, record: loaded ?? null };
  }
  for (const window of unknown) if (await window) return null;
  return { ...node, record: null };
}

function invalidSid({ name }: ResourceDeclaration, { sidFormat }: SingleRead): InputError {
  return new InputError(`Invalid ${name} SID: expected ${sidFormat}.`);
}

/** Fetches the object that a global ID names, among those that can be fetched. */
export function nodeLoader(resources: readonly ResourceDeclaration[]) {
  const byName = new Map(resources.map((resource) => [resource.name, resource]));
  return async (
    globalId: GlobalId,
    context: OperationContext,
    info: GraphQLResolveInfo,
  ): Promise<RecordNode | null> => {
    if (!isGlobalId(globalId)) throw new InputError('Invalid global ID. Pass an `id` returned by this API.');
    const resource = byName.get(globalId.typename);
    return resource === undefined ? null : loadBySid(resource, globalId.id, context, info);
  };
}
