import type { PageTokenRejected } from '../pagination/walk/walker.js';
import { UpstreamError } from '../upstream/errors.js';

/** KORE's code for paging information that it does not honour, whatever status it comes with. */
const KORE_PAGING_INVALID = 33103;
const KORE_OVERLOADED = 33004;
const KORE_SIM_NOT_FOUND = 33107;

/**
 * Statuses that refuse a page token: the vendors answer 400; other services that page by tokens answer 404 or 410 when
 * one has expired.
 */
const TOKEN_REFUSED: ReadonlySet<number> = new Set([400, 404, 410]);

/**
 * A refused page token is part of paging, not a failure: there may be another way to the records.
 *
 * @param error - why a page with a token could not be loaded
 * @throws the error, when it is anything else
 */
export function refusedToken(error: unknown): PageTokenRejected {
  if (!(error instanceof UpstreamError)) throw error;
  const { status, code } = error.facts;
  const refused =
    error.code === 'UPSTREAM_BAD_RESPONSE' && (code === KORE_SIM_NOT_FOUND || has(TOKEN_REFUSED, status));
  if (refused || code === KORE_PAGING_INVALID) return { rejection: error };
  throw error;
}

/**
 * Statuses that may refuse the size of a page: a parameter that is not accepted, or a page that the upstream fails to
 * put together. Not 502 to 504, which are repeated as they are.
 */
const SIZE_REFUSED: ReadonlySet<number> = new Set([400, 413, 422, 500]);

/**
 * A first page that is refused may be given when it is smaller.
 *
 * @param error - why a page without a token could not be loaded
 * @throws the error, when it has nothing to do with the size for sure
 */
export function refusedSize(error: unknown): PageTokenRejected {
  if (!(error instanceof UpstreamError)) throw error;
  const { status, code } = error.facts;
  if (code === KORE_PAGING_INVALID || (code !== KORE_OVERLOADED && has(SIZE_REFUSED, status))) {
    return { rejection: error };
  }
  throw error;
}

/** Whether a refusal of a page token may mean that the whole list is gone, and its SIM with it. */
export function mayMeanNoList({ rejection: refusal }: PageTokenRejected): boolean {
  if (!(refusal instanceof UpstreamError)) return false;
  const { status, code } = refusal.facts;
  return code === KORE_SIM_NOT_FOUND || (code !== KORE_PAGING_INVALID && status !== 400);
}

function has(statuses: ReadonlySet<number>, status: number | undefined): boolean {
  return status !== undefined && statuses.has(status);
}
