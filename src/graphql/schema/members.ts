import { MalformedMember } from '../../resources/records.js';

/** The type of a member's value. */
export type ValueOf<M> = Exclude<M, MalformedMember>;

/** A record as fields answer it: what is malformed is told by the scalars, when they ask for its value. */
export type Unwrapped<R> = { readonly [Name in keyof R]: ValueOf<R[Name]> };

/**
 * A member of an upstream record, as a field answers it.
 *
 * @throws {UpstreamError} for one that arrived with a wrong type: that field is null then, and no other
 */
export function unwrap<M>(member: M): ValueOf<M> {
  return member instanceof MalformedMember ? member.valueOf() : (member as ValueOf<M>);
}
