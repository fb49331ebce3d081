import type { ResourceDeclaration } from '../../resources/define.js';

/** What a global `id` names. */
export interface GlobalId {
  readonly typename: string;
  readonly id: string;
}

/** Stands for an id that was not made here; no type has this name. */
const NOT_AN_ID = '';

/** Makes a global id, in the form that Relay servers commonly give it; opaque to clients all the same. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString('base64');
}

/**
 * Reads a global id. What was not made here comes back without a type: `nodes` must not fail over it.
 *
 * @param globalId - of any type: representations of entities are not checked by anybody before
 */
export function decodeGlobalId(globalId: unknown): GlobalId {
  if (typeof globalId !== 'string') return { typename: NOT_AN_ID, id: '' };
  const text = Buffer.from(globalId, 'base64').toString();
  const [, typename, id] = /^(\w+):(.+)$/s.exec(text) ?? [];
  if (typename === undefined || id === undefined || encodeGlobalId(typename, id) !== globalId) {
    return { typename: NOT_AN_ID, id: globalId };
  }
  return { typename, id };
}

export function isGlobalId({ typename }: GlobalId): boolean {
  return typename !== NOT_AN_ID;
}

/** The SID in a global ID of a resource; `null` for the ID of anything else. */
function sidOfId({ name }: ResourceDeclaration, globalId: unknown): string | null {
  const { typename, id } = decodeGlobalId(globalId);
  return typename === name ? id : null;
}

/** The SID in a router's representation of an entity, by either of its keys. GraphQL does not check its type. */
export function sidOfReference(resource: ResourceDeclaration, reference: object): unknown {
  if ('sid' in reference) return reference.sid;
  return 'id' in reference ? sidOfId(resource, reference.id) : null;
}
