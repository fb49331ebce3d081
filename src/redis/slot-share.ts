/**
 * Number of instances that one assumes that has not reached Redis yet. It cannot know; with more instances, they can pass
 * the limit together until Redis is there.
 */
export const ASSUMED_INSTANCES = 4;

/** What an instance knows of the slots of an account. Times are those of one clock, in milliseconds. */
export interface SlotStanding {
  /** Requests that all instances together may have in flight. */
  readonly limit: number;
  /** Live instances, this one included, as Redis said last; `null`: Redis has never been reached. */
  readonly instances: number | null;
  /** When Redis was lost last, and how many slots were held then; `null`: never. */
  readonly lost: { readonly at: number; readonly held: number } | null;
  /** When Redis was back last; `null`: it is not, or it was never lost. */
  readonly backAt: number | null;
}

export interface SlotTimes {
  /** Time limit of an attempt. */
  readonly attemptMs: number;
  /** Life of an instance's registration. */
  readonly leaseMs: number;
}

/** Time between the detections of one loss by two instances, at most: the interval of the registrations. */
const DETECTION_MS = 1500;

/** An instance's part of the limit when instances cannot coordinate: at least one, or it could not serve at all. */
export function shareOf(limit: number, instances: number | null): number {
  return Math.max(1, Math.floor(limit / (instances ?? ASSUMED_INSTANCES)));
}

/**
 * Slots that an instance may hold, besides what Redis grants.
 *
 * - Redis works: up to the limit. Redis decides.
 * - Redis was lost: the share. Until all attempts that were in flight then have ended, also no more than was held then,
 *   because other instances may still hold more than their shares.
 * - Redis is back: the share, until all instances have registered again what they hold.
 */
export function capacity(
  { limit, instances, lost, backAt }: SlotStanding,
  { attemptMs, leaseMs }: SlotTimes,
  now: number,
): number {
  if (lost === null) return limit;
  const share = shareOf(limit, instances);
  if (now < lost.at + attemptMs + DETECTION_MS) return Math.max(1, Math.min(lost.held, share));
  if (backAt === null || now < backAt + leaseMs) return share;
  return limit;
}

/** When the capacity can change next without an event; `null`: it cannot. */
export function nextChange(
  { lost, backAt }: SlotStanding,
  { attemptMs, leaseMs }: SlotTimes,
  now: number,
): number | null {
  if (lost === null) return null;
  const changes = [lost.at + attemptMs + DETECTION_MS, ...(backAt === null ? [] : [backAt + leaseMs])];
  const later = changes.filter((at) => at > now);
  return later.length === 0 ? null : Math.min(...later);
}
