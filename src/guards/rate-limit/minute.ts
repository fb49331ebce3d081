const MINUTE_MS = 60_000;

/** The minute that a time is in, by the clock on the wall: instances count in the same ones. */
export function windowIndex(now: number): number {
  return Math.floor(now / MINUTE_MS);
}

/** Whole seconds until the next minute begins; at least one. */
export function secondsToWindowEnd(now: number): number {
  return Math.ceil((MINUTE_MS - (now % MINUTE_MS)) / 1000);
}
