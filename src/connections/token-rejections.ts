import type { PageTokenRejected } from '../pagination/walk/walker.js';
import { UpstreamError } from '../upstream/errors.js';

/** KORE's code for paging information that it does not accept, with any status. */
const KORE_PAGING_INVALID = 33103;
const KORE_OVERLOADED = 33004;
const KORE_NOT_FOUND = 33107;

/**
 * Statuses that reject a page token. The vendors send 400; other services with page tokens send 404 or 410 for an expired
 * one.
 */
const TOKEN_REJECTED: ReadonlySet<number> = new Set([400, 404, 410]);

/**
 * Turns the rejection of a page token into a value. It is part of paging, not a failure: another strategy may find the
 * records.
 *
 * @param error - why a page with a token could not be loaded
 * @throws any other error
 */
export function rejectedToken(error: unknown): PageTokenRejected {
  if (!(error instanceof UpstreamError)) throw error;
  const { status, code } = error.facts;
  const isRejected =
    error.code === 'UPSTREAM_BAD_RESPONSE' && (code === KORE_NOT_FOUND || has(TOKEN_REJECTED, status));
  if (isRejected || code === KORE_PAGING_INVALID) return { rejection: error };
  throw error;
}

/**
 * Statuses that may reject a page size: a parameter that is not accepted, or a page that the upstream fails to assemble. Not
 * 502 to 504: such requests are retried unchanged.
 */
const SIZE_REJECTED: ReadonlySet<number> = new Set([400, 413, 422, 500]);

/**
 * Turns the rejection of a first page into a value: the upstream may accept a smaller size.
 *
 * @param error - why a page without a token could not be loaded
 * @throws an error that cannot be caused by the size
 */
export function rejectedSize(error: unknown): PageTokenRejected {
  if (!(error instanceof UpstreamError)) throw error;
  const { status, code } = error.facts;
  if (code === KORE_PAGING_INVALID || (code !== KORE_OVERLOADED && has(SIZE_REJECTED, status))) {
    return { rejection: error };
  }
  throw error;
}

/** Whether the rejection of a page token may mean that the list and its parent no longer exist. */
export function mayMeanNoList({ rejection }: PageTokenRejected): boolean {
  if (!(rejection instanceof UpstreamError)) return false;
  const { status, code } = rejection.facts;
  return code === KORE_NOT_FOUND || (code !== KORE_PAGING_INVALID && status !== 400);
}

function has(statuses: ReadonlySet<number>, status: number | undefined): boolean {
  return status !== undefined && statuses.has(status);
}
