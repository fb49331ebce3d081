/** What the last poll of a list has found. */
export interface PollFindings {
  /** Whether a record has begun, changed or ended since the poll before. */
  readonly hasChanged: boolean;
  /** Whether a record is open, and can change at any time. */
  readonly hasOpen: boolean;
  /** Polls in a row that found no change and no open record. */
  readonly quietPolls: number;
  /** Polls in a row that failed. */
  readonly failures: number;
}

/** Times in relation to the base interval. */
const WHEN_CHANGING = 0.5;
const QUIET_GROWTH = 1.5;
const MOST_WHEN_QUIET = 4;
const MOST_WHEN_FAILING = 6;

/** Share of the interval by which it is longer or shorter at random, so that polls that began together spread. */
const JITTER = 0.1;

/**
 * How long to wait for the next poll, in milliseconds: half of the base while an open record changes, up to four times the
 * base for a list in which nothing is open, and up to six times the base while polls fail.
 *
 * @param baseMs - `LIVE_POLL_MS`
 * @param random - in [0, 1)
 */
export function pollInterval(
  { hasChanged, hasOpen, quietPolls, failures }: PollFindings,
  baseMs: number,
  random: number,
): number {
  const factor =
    failures > 0
      ? Math.min(MOST_WHEN_FAILING, 2 ** (failures - 1))
      : hasChanged && hasOpen
        ? WHEN_CHANGING
        : hasOpen
          ? 1
          : Math.min(MOST_WHEN_QUIET, QUIET_GROWTH ** quietPolls);
  return baseMs * factor * (1 - JITTER + 2 * JITTER * random);
}
