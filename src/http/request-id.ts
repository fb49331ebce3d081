import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Header of the request and of its response. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** IDs that can be logged and answered as they are. */
const SAFE_ID = /^[\w.:+/=@-]{1,128}$/;

/**
 * Identifies a request in the log and towards the client.
 *
 * @returns the caller's `x-request-id` if it is safe to log, else a random UUID
 */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && SAFE_ID.test(given) ? given : randomUUID();
}

/** An ID for a request whose head could not be parsed. */
export function newRequestId(): string {
  return randomUUID();
}
