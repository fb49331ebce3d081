import { decodeGlobalId } from '../schema/global-id.js';

/** The SID in a SIM's global id; of what is none there is nothing, which is refused like any malformed SID. */
export function sidOfId(globalId: unknown): unknown {
  const { typename, id } = decodeGlobalId(globalId);
  return typename === 'Sim' ? id : null;
}

/** The SID that a router's representation of a SIM has, by either of its keys. */
export function sidOfReference(reference: object): unknown {
  if ('sid' in reference) return reference.sid;
  return 'id' in reference ? sidOfId(reference.id) : null;
}
