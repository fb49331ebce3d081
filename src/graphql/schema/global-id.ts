import type { ResourceDeclaration } from '../../resources/define.js';

/** A decoded global ID. */
export interface GlobalId {
  readonly typename: string;
  readonly id: string;
}

/** Type name of text that is not a global ID of this API; no type has this name. */
const NOT_AN_ID = '';

/** Encodes a global ID in the usual format of Relay servers. Opaque to clients. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString('base64');
}

/**
 * Decodes a global ID.
 *
 * @param globalId - of any type, because GraphQL does not check the representations of entities
 * @returns a type name for which `isGlobalId` is false if the text is not a global ID of this API: `nodes` must not fail
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
