import type { GraphQLResolveInfo } from 'graphql';
import type { AnyRecord } from '../../resources/any-record.js';
import type { ResourceDeclaration, SingleRead } from '../../resources/define.js';
import { sidOf } from '../../resources/record.js';
import { type RequestedData, requestedData } from '../cost/lookahead.js';
import { InputError } from '../errors.js';
import { type GlobalId, isGlobalId } from './global-id.js';
import { existenceBy, loadListRead } from './list-field.js';
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
  context: OperationContext,
  info: GraphQLResolveInfo,
): Promise<RecordNode | null> {
  const { single } = resource;
  if (single === null) return null;
  if (typeof sid !== 'string' || !single.sidPattern.test(sid)) throw invalidSid(resource, single);
  return load(resource, sid, requestedData(resource, info, context.viewer), context);
}

/**
 * As `loadBySid`, for a record that another one refers to. It exists, so that nothing is requested if no field beyond its SID is
 * selected.
 *
 * @param sid - matches the pattern of the resource
 */
export async function loadRelated(
  resource: ResourceDeclaration,
  sid: string,
  context: OperationContext,
  info: GraphQLResolveInfo,
): Promise<RecordNode | null> {
  const data = requestedData(resource, info, context.viewer);
  return data.record || data.reads.length > 0
    ? load(resource, sid, data, context)
    : nodeOf(resource, sid, null);
}

/** Fetches a record by another name than its SID. @returns `null` if the upstream has no such record */
export async function loadByName(
  resource: ResourceDeclaration,
  argument: string,
  name: string,
  { loaders }: OperationContext,
): Promise<RecordNode | null> {
  const record = await loaders.lookup(resource, argument, name);
  const sid = record === null ? null : sidOf(record);
  return sid === null ? null : nodeOf(resource, sid, record);
}

async function load(
  resource: ResourceDeclaration,
  sid: string,
  { record, reads, hasInvalid }: RequestedData,
  { loaders }: OperationContext,
): Promise<RecordNode | null> {
  // The fields find these reads in flight. Here it only matters what they say about the object.
  const existence = reads.map(({ read }) =>
    loadListRead(read, loaders, sid).then(
      (result) => existenceBy(read, result),
      // The error of a read is reported at its field.
      () => 'unreported' as const,
    ),
  );
  const isAlone = reads.length === 0 && !hasInvalid;
  if (record || isAlone) {
    const loading = loaders.record(resource, sid);
    // An error of the record is reported at the fields that read it: the lists may still be returned.
    const loaded = await (isAlone ? loading : loading.catch(() => undefined));
    return loaded === null ? null : nodeOf(resource, sid, loaded ?? null);
  }
  const findings = await Promise.all(existence);
  if (findings.includes('missing')) return null;
  if (findings.includes('exists') || !findings.includes('open')) return nodeOf(resource, sid, null);
  const loaded = await loaders.record(resource, sid).catch(() => undefined);
  return loaded === null ? null : nodeOf(resource, sid, loaded ?? null);
}

function nodeOf({ name }: ResourceDeclaration, sid: string, record: AnyRecord | null): RecordNode {
  return { __typename: name, sid, key: sid, record };
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
