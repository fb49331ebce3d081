import type { AnyRecord } from './any-record.js';
import type { Instant } from './instant.js';

/*
 * What filters, counts and groups take from the record of a data session. A malformed member counts as unknown there: it
 * has no field at which its error could stand.
 */

/** A text or an instant of a record; `null` if it is unknown. */
export function textOf(record: AnyRecord, member: string): string | null {
  const value = record[member];
  return typeof value === 'string' ? value : null;
}

/** A number of a record; 0 if it is unknown. */
export function numberOf(record: AnyRecord, member: string): number {
  const value = record[member];
  return typeof value === 'number' ? value : 0;
}

/** Whether a session has not ended. */
export function isOpen({ end }: AnyRecord): boolean {
  return end === null;
}

/** Whether packets were sent or received. */
export function hasTraffic(record: AnyRecord): boolean {
  return numberOf(record, 'packetsUploaded') > 0 || numberOf(record, 'packetsDownloaded') > 0;
}

/** Whole seconds between two instants, rounded. */
export function secondsBetween(start: Instant, end: Instant): number {
  return Math.round((Date.parse(end) - Date.parse(start)) / 1000);
}

/** Seconds that a session lasted, up to its `lastUpdated` if it is open; `null` if they are unknown. */
export function durationSeconds(record: AnyRecord): number | null {
  const start = textOf(record, 'start');
  const end = textOf(record, isOpen(record) ? 'lastUpdated' : 'end');
  return start === null || end === null ? null : secondsBetween(start, end);
}
