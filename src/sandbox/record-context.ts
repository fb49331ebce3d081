import type { Dialect } from './wire.js';

/** What all records of an account share. */
export interface RecordContext {
  readonly accountSid: string;
  readonly dialect: Dialect;
  readonly seed: number;
  /** Time of the generated data, in milliseconds since 1970. */
  readonly now: number;
  /** Base of the absolute URLs in a record. */
  readonly urlBase: string;
}

/** The API's usual format of an instant: UTC, whole seconds. */
export function wireDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
