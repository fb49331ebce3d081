import { MalformedMember } from '../../resources/records.js';
import { UpstreamError, type UpstreamErrorDetails } from '../errors.js';

/** The answer that a record is decoded from, as far as its decoders need it. */
export interface DecodeContext {
  readonly facts: UpstreamErrorDetails;
  /** An enum member of this name brought a value that is not known yet. */
  onDrift(field: string): void;
}

/** One member is of a wrong type. */
export function malformed(expected: string, { facts }: DecodeContext): MalformedMember {
  return new MalformedMember(expected, facts.requestId ?? null);
}

/** The answer as a whole is of no use. */
export function badResponse(what: string, { facts }: DecodeContext): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_RESPONSE', `The upstream's answer ${what}.`, facts);
}
