import { UpstreamError } from '../upstream/errors.js';
import { MalformedMember } from '../upstream/records.js';

/** The type of a member's value. */
export type ValueOf<M> = Exclude<M, MalformedMember>;

/**
 * A member of an upstream record, as a field answers it.
 *
 * @throws {UpstreamError} for one that arrived with a wrong type: that field is null then, and no other
 */
export function read<M>(member: M): ValueOf<M> {
  if (!(member instanceof MalformedMember)) return member as ValueOf<M>;
  const facts = member.requestId === null ? {} : { requestId: member.requestId };
  throw new UpstreamError(
    'UPSTREAM_BAD_RESPONSE',
    `the upstream sent something else than ${member.expected}`,
    facts,
  );
}
