import { upstreamKey } from '../connections/list-request.js';
import type { CursorSigner } from '../pagination/cursor/signer.js';
import type { ListDeclaration } from '../resources/define.js';
import type { Viewer } from '../resources/viewer.js';
import { gatewayStopping } from '../upstream/errors.js';
import type { SharedPolls } from '../upstream/shared/shared-state.js';
import type { Clock } from '../util/clock.js';
import { ListReader, type ListReaderParts } from './list-reader.js';
import { LiveCursors } from './live-cursors.js';
import type { LiveObserver } from './observer.js';
import { Poller } from './poller.js';
import { heartbeatInterval, LiveSubscription } from './subscription.js';

/** Time that one poll is expected to hold a permit of the upstream's concurrency limit, in milliseconds. */
const POLL_MS = 200;

/** Share of that limit that polls may use in the mean, if every list is polled at the base interval. */
const POLL_SHARE = 0.25;

/**
 * How many lists of an account can be watched at once. Each poller has one request in flight at most, and most of the time
 * none.
 *
 * @param concurrency - the account's limit of requests in flight
 * @param pollMs - `LIVE_POLL_MS`
 */
function maxWatchedLists(concurrency: number, pollMs: number): number {
  return Math.max(Math.ceil(concurrency / 2), Math.floor((concurrency * POLL_SHARE * pollMs) / POLL_MS));
}

/** No further list can be watched, or no further subscription served. */
export class LiveLimitError extends Error {
  override readonly name = 'LiveLimitError';
}

/** The upstream does not know the parent of a list. */
export class UnknownListError extends Error {
  override readonly name = 'UnknownListError';

  constructor({ parent }: ListDeclaration) {
    super(`Unknown ${parent?.name ?? 'list'}: the upstream has none with this SID.`);
  }
}

/** Subscriptions of all accounts together. */
interface SubscriptionCount {
  readonly max: number;
  current: number;
}

export interface LiveListsParts extends Omit<ListReaderParts, 'clock'> {
  readonly signer: CursorSigner;
  readonly clock: Clock;
  /** The account's limit of requests in flight. */
  readonly concurrency: number;
  /** `LIVE_POLL_MS`. */
  readonly pollMs: number;
  readonly count: SubscriptionCount;
  readonly observer: LiveObserver;
  /** Listens to instances that watch the same list; `null`: nothing is shared. */
  readonly polls: SharedPolls | null;
}

/** Numbers of an account, for metrics. */
export interface LiveStats {
  readonly pollers: number;
  readonly maxPollers: number;
  readonly subscribers: number;
}

/** A list that is watched. */
interface WatchedList {
  readonly poller: Poller;
  readonly cursors: LiveCursors;
}

/** The lists of one account that are watched. */
export class LiveLists {
  readonly #parts: LiveListsParts;
  readonly #max: number;
  readonly #watched = new Map<string, WatchedList>();
  readonly #subscriptions = new Set<LiveSubscription>();
  #isEnded = false;

  constructor(parts: LiveListsParts) {
    this.#parts = parts;
    this.#max = maxWatchedLists(parts.concurrency, parts.pollMs);
  }

  get stats(): LiveStats {
    return {
      pollers: this.#watched.size,
      maxPollers: this.#max,
      subscribers: this.#subscriptions.size,
    };
  }

  /**
   * Begins a subscription to the records of a list.
   *
   * @param after - cursor of the event to continue after; `null`: begins with a snapshot
   * @param viewer - returns the caller
   * @throws {CursorError} for an invalid cursor; {LiveLimitError} if too much is watched already; {UpstreamError} after `end`
   */
  subscribe(
    declaration: ListDeclaration,
    parentSid: string,
    after: string | null,
    viewer: () => Pick<Viewer, 'scopes'>,
  ): LiveSubscription {
    const { clock, count, pollMs, observer, signer } = this.#parts;
    const { events } = declaration;
    if (events === undefined) throw new Error(`${declaration.field} has no events`);
    const list = { declaration, parentSid, args: {}, filter: null };
    const key = upstreamKey(list);
    if (this.#isEnded) throw gatewayStopping();
    // As for connections, an empty cursor is none.
    const from = after === null || after === '' ? null : new LiveCursors(signer, key).decode(after);
    if (count.current >= count.max) {
      throw new LiveLimitError(
        `This gateway serves ${count.max} subscriptions at once, and no more. Try again later.`,
      );
    }
    const { poller, cursors } =
      this.#watched.get(key) ?? this.#watch(key, new ListReader(list, events, this.#parts));
    const subscription = new LiveSubscription(from, {
      poller,
      cursors,
      clock,
      heartbeatMs: heartbeatInterval(pollMs),
      observer,
      viewer,
      unknownList: () => new UnknownListError(declaration),
      onEnd: () => {
        count.current -= 1;
        this.#subscriptions.delete(subscription);
      },
    });
    count.current += 1;
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Ends all subscriptions, and rejects further ones. */
  end(): void {
    this.#isEnded = true;
    for (const subscription of [...this.#subscriptions]) subscription.end();
  }

  #watch(key: string, reader: ListReader): WatchedList {
    const { signer, clock, pollMs, observer, polls } = this.#parts;
    if (this.#watched.size >= this.#max) {
      throw new LiveLimitError(
        `The account's concurrency limit allows ${this.#max} lists to be watched at once, and no more. Try again later.`,
      );
    }
    const poller = new Poller({
      reader,
      clock,
      baseMs: pollMs,
      observer,
      listen: polls && ((onPolled) => polls.listen(key, onPolled)),
      onIdle: () => this.#watched.delete(key),
    });
    const watched = { poller, cursors: new LiveCursors(signer, key) };
    this.#watched.set(key, watched);
    return watched;
  }
}
