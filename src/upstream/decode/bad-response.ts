import { UpstreamError, type UpstreamErrorDetails } from '../errors.js';

/** An error for a response that cannot be used as a whole. @param what - what is wrong with it, as a predicate */
export function badResponse(what: string, details: UpstreamErrorDetails): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_RESPONSE', `The upstream's response ${what}.`, details);
}
