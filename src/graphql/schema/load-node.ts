import type { GraphQLResolveInfo } from 'graphql';
import type { Connection } from '../../connections/connection.js';
import {
  type ListDeclaration,
  type ResourceDeclaration,
  revealsParent,
  type SingleRead,
} from '../../resources/define.js';
import { requestedData } from '../cost/lookahead.js';
import { InputError } from '../errors.js';
import { type GlobalId, isGlobalId } from './global-id.js';
import type { OperationContext } from './operation-context.js';
import type { RecordNode } from './record-node.js';

/**
 * Fetches a record by its SID, and side by side everything else that the operation reads of it.
 *
 * The response to a list of the object can say whether the object exists. The record is only requested if one of its
 * fields is selected, no list is selected, or the lists are empty and do not say so.
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
  const { record, windows } = requestedData(resource, info, viewer);
  // The connection fields find these windows in flight. Here it only matters what they say about the object.
  const existence = windows.map(({ list, args, window }) =>
    loaders.connection(list, sid, args, window).then(
      (connection) => existenceBy(list, connection),
      // The error of a window is reported at its field.
      () => 'unreported' as const,
    ),
  );
  if (record || windows.length === 0) {
    const loading = loaders.record(resource, sid);
    // An error of the record is reported at the fields that read it: the lists may still be returned.
    const loaded = await (windows.length === 0 ? loading : loading.catch(() => undefined));
    return loaded === null ? null : { ...node, record: loaded ?? null };
  }
  const findings = await Promise.all(existence);
  if (findings.includes('missing')) return null;
  if (findings.includes('exists') || !findings.includes('open')) return { ...node, record: null };
  const loaded = await loaders.record(resource, sid).catch(() => undefined);
  return loaded === null ? null : { ...node, record: loaded ?? null };
}

/** What a window says about its parent; `open`: a filtered list is also empty if the parent does not exist. */
function existenceBy(list: ListDeclaration, connection: Connection | null): 'exists' | 'missing' | 'open' {
  if (connection === null) return 'missing';
  return revealsParent(list) || connection.edges.length > 0 ? 'exists' : 'open';
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
