import { HEAD_SIZE, type KnownRecord, knownRecords, MAX_OTHERS, type WatchState } from './watch-state.js';

/** A record as a poll has seen it. */
export interface Sighting extends KnownRecord {
  /** When it began, in seconds since 1970; `null`: unknown. */
  readonly start: number | null;
}

/** What a poll has seen of a list. */
export interface View<S extends Sighting = Sighting> {
  /** Records from the start of the list, each once: in list order, or the newest first if `viewOf` had to sort them. */
  readonly sightings: readonly S[];
  /** Whether the list has its newest records first, as far as it was read. */
  readonly isNewestFirst: boolean;
  /** Place of each record among them, by its key. */
  readonly indexes: ReadonlyMap<number, number>;
  /** Whether these are all records of the list. */
  readonly isWhole: boolean;
  /** Whether no further records can be read: these are all, or as many as the page budget allows. */
  readonly isDeepest: boolean;
}

/** Ascending starts among so many descending ones are late arrivals. More of them are another order. */
const DESCENTS_PER_ASCENT = 3;

/**
 * Creates a view. The order of the list is not trusted: where the newest records are not first, the whole list is needed, and
 * its records are sorted.
 *
 * @param sightings - in list order, each once
 */
export function viewOf<S extends Sighting>(
  sightings: readonly S[],
  { isWhole, isDeepest }: Pick<View, 'isWhole' | 'isDeepest'>,
): View<S> {
  const isNewestFirst = hasNewestFirst(sightings);
  const sorted =
    isNewestFirst || !isDeepest ? sightings : sightings.toSorted((a, b) => timeOf(b) - timeOf(a));
  const indexes = new Map(sorted.map(({ key }, index) => [key, index]));
  return { sightings: sorted, isNewestFirst, indexes, isWhole, isDeepest };
}

function hasNewestFirst(sightings: readonly Sighting[]): boolean {
  let ascents = 0;
  let descents = 0;
  let before: number | null = null;
  for (const { start } of sightings) {
    if (start === null) continue;
    if (before !== null && start > before) ascents += 1;
    if (before !== null && start < before) descents += 1;
    before = start;
  }
  return ascents * DESCENTS_PER_ASCENT <= descents;
}

/** A record without a start comes first, so that it is not overlooked. */
function timeOf({ start }: Sighting): number {
  return start ?? Number.MAX_SAFE_INTEGER;
}

/** `SNAPSHOT`: a record of the initial state; `STARTED`: a new record; `ENDED`: the record is over. */
export type ChangeKind = 'SNAPSHOT' | 'STARTED' | 'UPDATED' | 'ENDED';

/** One event of a subscription. */
export interface Change<S extends Sighting = Sighting> {
  readonly kind: ChangeKind;
  /** `null`: the initial state has no record. */
  readonly sighting: S | null;
  /** What the subscriber knows after the event. */
  readonly state: WatchState;
}

/**
 * Whether a view reaches far enough into the list to compute the changes since a state. If not, a deeper one is needed.
 * Known records have to confirm that the order of the list is the same.
 */
export function reaches(state: WatchState, { sightings, isNewestFirst, indexes, isDeepest }: View): boolean {
  if (isDeepest) return true;
  if (!isNewestFirst) return false;
  const known = [...state.head, ...state.others];
  if (state.isSnapshot) return sightings.length >= HEAD_SIZE && known.every(({ key }) => indexes.has(key));
  // The list has become longer than what the subscriber remembers: the new records may be anywhere.
  if (state.isWhole) return false;
  return known.every(({ key, isOver }) => isOver || indexes.has(key)) && continues(state.head, indexes);
}

/** Whether the first records of the head, and no others, are in a view, in the same order. */
function continues(head: readonly KnownRecord[], indexes: ReadonlyMap<number, number>): boolean {
  const found = head.filter(({ key }) => indexes.has(key)).length;
  return found > 0 && head.slice(0, found).every(({ key }) => indexes.has(key)) && isInOrder(head, indexes);
}

/** Whether the list has none of the records that the subscriber knows: the events since then cannot be computed. */
export function hasExpired({ isSnapshot, head }: WatchState, { indexes, isDeepest }: View): boolean {
  if (isSnapshot || head.length === 0 || !isDeepest) return false;
  return !head.some(({ key }) => indexes.has(key));
}

/**
 * Computes the events from a state to a view, from the end of the list to its start. However often a record has changed
 * between two views, it has one event for its latest state; one that has begun and ended in between has two.
 *
 * @param view - one that `reaches` accepts
 * @returns the changes. If there are none, `stateAfter(state, view)` is the new state of the subscriber
 */
export function changesSince<S extends Sighting>(state: WatchState, view: View<S>): readonly Change<S>[] {
  const known = knownRecords(state);
  const isNew = noveltyOf(state, view);
  const changes: Change<S>[] = [];
  for (const [index, sighting] of [...view.sightings.entries()].reverse()) {
    const report = (kind: ChangeKind, isOverReported = true) =>
      changes.push({ kind, sighting, state: stateAfter(state, view, index, isOverReported) });
    const record = known.get(sighting.key);
    if (record !== undefined) {
      if (sighting.isOver && !record.isOver) report('ENDED');
      else if (sighting.digest !== record.digest) report('UPDATED');
    } else if (isNew(sighting, index)) {
      if (state.isSnapshot) report('SNAPSHOT');
      else {
        report('STARTED', false);
        if (sighting.isOver) report('ENDED');
      }
    }
  }
  const last = changes.pop();
  if (last !== undefined) changes.push({ ...last, state: stateAfter(last.state, view) });
  else if (state.isSnapshot) {
    changes.push({ kind: 'SNAPSHOT', sighting: null, state: stateAfter(state, view) });
  }
  return changes;
}

/**
 * What a subscriber knows after the events of a view.
 *
 * @param from - index of the record that was reported last: those before it have not been looked at
 * @param isOverReported - whether that record was reported as over, if it is
 */
export function stateAfter(state: WatchState, view: View, from = 0, isOverReported = true): WatchState {
  const { sightings } = view;
  const known = knownRecords(state);
  const reported = ({ key, digest, isOver }: Sighting, index: number): KnownRecord => ({
    key,
    digest,
    isOver: known.get(key)?.isOver === true || (isOver && (isOverReported || index > from)),
  });
  const end = Math.min(
    from + HEAD_SIZE,
    state.isSnapshot && from > 0 ? snapshotEnd(state, view) : Number.POSITIVE_INFINITY,
  );
  const head = sightings.slice(from, end).map((sighting, index) => reported(sighting, from + index));
  const inHead = new Set(head.map(({ key }) => key));
  const { indexes } = view;
  const others: KnownRecord[] = [];
  for (const record of known.values()) {
    if (inHead.has(record.key)) continue;
    const index = indexes.get(record.key);
    const sighting = index === undefined ? undefined : sightings[index];
    if (index === undefined || sighting === undefined) {
      // A record that a whole list no longer has was deleted.
      if (!record.isOver && !view.isDeepest) others.push(record);
    } else if (index < from) others.push(record);
    else if (!record.isOver) others.push(reported(sighting, index));
  }
  const isSettled = from === 0;
  return {
    isSnapshot: state.isSnapshot && !isSettled,
    isWhole: view.isWhole && sightings.length <= HEAD_SIZE && (isSettled || state.isWhole),
    latestStart: isSettled ? latestStartOf(view, state.latestStart) : state.latestStart,
    head,
    others: others.slice(-MAX_OTHERS),
  };
}

/** Decides which of the records that a subscriber does not know are new to the list. */
function noveltyOf(state: WatchState, view: View): (sighting: Sighting, index: number) => boolean {
  if (state.isSnapshot) {
    const end = snapshotEnd(state, view);
    return (_, index) => index < end;
  }
  if (state.isWhole) return () => true;
  const { indexes } = view;
  let deepest = -1;
  if (isInOrder(state.head, indexes)) {
    for (const { key } of state.head) deepest = Math.max(deepest, indexes.get(key) ?? -1);
  }
  return ({ start }, index) => index < deepest || (start !== null && start > state.latestStart);
}

/**
 * Where the initial records end: new ones can have moved those of a snapshot that was broken off further down the list.
 *
 * @returns the index of the first record that is not one of them
 */
function snapshotEnd(state: WatchState, { indexes }: View): number {
  let end = HEAD_SIZE;
  for (const key of knownRecords(state).keys()) end = Math.max(end, (indexes.get(key) ?? -1) + 1);
  return end;
}

/** Whether those records of the head that are still in the list are in the same order. */
function isInOrder(head: readonly KnownRecord[], indexes: ReadonlyMap<number, number>): boolean {
  let before = -1;
  for (const { key } of head) {
    const index = indexes.get(key);
    if (index === undefined) continue;
    if (index < before) return false;
    before = index;
  }
  return true;
}

function latestStartOf({ sightings }: View, atLeast: number): number {
  let latest = atLeast;
  for (const { start } of sightings) latest = Math.max(latest, start ?? 0);
  return latest;
}
