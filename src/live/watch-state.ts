/** A record of a watched list, as a subscriber has last been told of it. */
export interface KnownRecord {
  /** Identifies the record within its list: a fingerprint of what cannot change about it. */
  readonly key: number;
  /** Digest of what the subscriber may read of the record. */
  readonly digest: number;
  /** Whether the subscriber has been told that the record is over: its session has ended. */
  readonly isOver: boolean;
}

/**
 * What a subscriber knows of a list. Nothing else decides which events come next, so that a cursor which carries it
 * continues the subscription on any instance.
 */
export interface WatchState {
  /** Whether the initial records have not all been reported. */
  readonly isSnapshot: boolean;
  /** Whether the subscriber knows every record of the list: any other one is new. */
  readonly isWhole: boolean;
  /** The latest start of all records that were in the list, in seconds since 1970: a later one is new. 0: none. */
  readonly latestStart: number;
  /** Known records that follow each other in the list. A record that appears before one of them is new. */
  readonly head: readonly KnownRecord[];
  /** Further records that must not be taken for new, and open ones that are followed until they are over. */
  readonly others: readonly KnownRecord[];
}

/** How many records at the start of a list a subscriber is told of at first, and remembers. */
export const HEAD_SIZE = 50;

/** How many further records a subscriber remembers at most. A SIM has one open session, or a few. */
export const MAX_OTHERS = 2 * HEAD_SIZE;

/** The state of a subscriber that knows nothing. */
export const NOTHING_KNOWN: WatchState = {
  isSnapshot: true,
  isWhole: false,
  latestStart: 0,
  head: [],
  others: [],
};

/** All records of a state, by their keys. */
export function knownRecords({ head, others }: WatchState): ReadonlyMap<number, KnownRecord> {
  return new Map([...head, ...others].map((record) => [record.key, record]));
}
