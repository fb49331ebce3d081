import type { Member } from './member.js';

/**
 * Method of a record that returns the fingerprint of its identity without decoding it, or `null` if that is not possible. A
 * decoder can provide it; the fingerprint has to equal that of the decoded SID, or of the fields that take its place.
 */
export const FINGERPRINT: unique symbol = Symbol('fingerprint');

/** A record of any resource. */
export interface AnyRecord {
  readonly [name: string]: Member<unknown>;
  readonly [FINGERPRINT]?: () => number | null;
}
