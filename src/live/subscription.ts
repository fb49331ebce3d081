import type { Viewer } from '../resources/viewer.js';
import type { Clock } from '../util/clock.js';
import { type Change, hasExpired, reaches } from './changes.js';
import type { EventKind, LiveEvent, SnapshotReason } from './event.js';
import type { LiveCursors } from './live-cursors.js';
import type { Observation, Seen } from './observation.js';
import type { LiveObserver } from './observer.js';
import type { Poller, Watcher } from './poller.js';
import { NOTHING_KNOWN, type WatchState } from './watch-state.js';

/** How long a subscription lasts. Clients continue with the cursor of the last event; balancers and tokens rely on an end. */
const LIFETIME_MS = 30 * 60_000;

/** Polls after which a subscription without an event gets a heartbeat. */
const HEARTBEAT_POLLS = 3;
const MIN_HEARTBEAT_MS = 1000;

/** How long a subscription is without an event at most, in milliseconds. */
export function heartbeatInterval(pollMs: number): number {
  return Math.max(MIN_HEARTBEAT_MS, HEARTBEAT_POLLS * pollMs);
}

export interface SubscriptionParts {
  readonly poller: Poller;
  readonly cursors: LiveCursors;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly observer: LiveObserver;
  /** The caller at present: it may have other scopes than at the beginning. */
  readonly viewer: () => Pick<Viewer, 'scopes'>;
  /** Returns the error for a list that the upstream does not know. */
  readonly unknownList: () => Error;
  /** Called once when the subscription has ended. */
  readonly onEnd: () => void;
}

/**
 * The events of one subscriber. They are computed when the client is ready for the next one: a slow client gets the latest
 * state, and nothing is kept for it but what it knows.
 */
export class LiveSubscription implements AsyncIterator<LiveEvent, undefined>, Watcher {
  readonly #parts: SubscriptionParts;
  readonly #unwatch: () => void;
  readonly #cancelLifetime: () => void;
  #state: WatchState;
  #snapshotReason: SnapshotReason;
  /** The observation that there is nothing more to tell of. */
  #finished: Observation | null = null;
  /** Changes that have been computed, and how many of them have been told. */
  #pending: { readonly of: Observation; readonly changes: readonly Change<Seen>[]; told: number } | null =
    null;
  #isOver = false;
  #wake: (() => void) | null = null;

  /** @param from - what the subscriber knows; `expired`: its cursor is no longer valid; `null`: it begins */
  constructor(from: WatchState | 'expired' | null, parts: SubscriptionParts) {
    this.#parts = parts;
    this.#state = from === null || from === 'expired' ? NOTHING_KNOWN : from;
    this.#snapshotReason = from === 'expired' ? 'CURSOR_EXPIRED' : 'SUBSCRIBED';
    this.#cancelLifetime = parts.clock.after(LIFETIME_MS, () => this.end());
    this.#unwatch = parts.poller.watch(this);
  }

  polled(): void {
    this.#wake?.();
  }

  /** Ends the subscription: an event that has been computed is the last one. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pending = null;
    this.#cancelLifetime();
    this.#unwatch();
    this.#wake?.();
    this.#parts.onEnd();
  }

  /** @throws {UpstreamError} the reason if the list could never be polled */
  async next(): Promise<IteratorResult<LiveEvent, undefined>> {
    const { clock, heartbeatMs } = this.#parts;
    let isSilent = false;
    const cancelHeartbeat = clock.after(heartbeatMs, () => {
      isSilent = true;
      this.#wake?.();
    });
    try {
      while (!this.#isOver) {
        const event = this.#nextChange() ?? (isSilent ? this.#heartbeat() : null);
        if (event !== null) return { done: false, value: event };
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      return { done: true, value: undefined };
    } catch (error) {
      this.end();
      throw error;
    } finally {
      this.#wake = null;
      cancelHeartbeat();
    }
  }

  async return(): Promise<IteratorResult<LiveEvent, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  /** Returns the next change of what has been observed; `null` if there is none at present. */
  #nextChange(): LiveEvent | null {
    const { poller, unknownList } = this.#parts;
    const { observation, failure } = poller;
    if (failure === 'no such list') throw unknownList();
    if (observation === null) {
      if (failure !== null) throw failure.error;
      return null;
    }
    if (observation === this.#finished) return null;
    if (this.#pending?.of !== observation) {
      const changes = this.#changesOf(observation);
      if (changes === null) return null;
      this.#pending = { of: observation, changes, told: 0 };
    }
    const { changes, told } = this.#pending;
    const change = changes[told];
    if (told >= changes.length - 1) {
      this.#finished = observation;
      this.#pending = null;
    } else this.#pending.told += 1;
    if (change === undefined) return null;
    this.#state = change.state;
    return this.#event(change.kind, change.sighting, observation);
  }

  /** @returns `null` if the observation does not reach what the subscriber knows: a deeper one will follow */
  #changesOf(observation: Observation): readonly Change<Seen>[] | null {
    const { poller, viewer } = this.#parts;
    const perspective = observation.perspective(viewer());
    const { view } = perspective;
    if (!reaches(this.#state, view)) {
      poller.demand(this.#state);
      return null;
    }
    if (hasExpired(this.#state, view)) {
      this.#state = NOTHING_KNOWN;
      this.#snapshotReason = 'CURSOR_EXPIRED';
    }
    const changes = perspective.changesSince(this.#state);
    if (changes.length === 0) this.#state = perspective.settled(this.#state);
    return changes;
  }

  /** @returns `null` before the first poll: there is nothing to continue from */
  #heartbeat(): LiveEvent | null {
    const { observation } = this.#parts.poller;
    return observation && this.#event('HEARTBEAT', null, observation);
  }

  /** Creates an event after which the subscriber is in its present state. */
  #event(kind: EventKind, sighting: Seen | null, { extent }: Observation): LiveEvent {
    const { clock, observer, cursors } = this.#parts;
    const state = this.#state;
    observer.event(kind, clock.now() - extent.sentAt);
    return {
      kind,
      edge: sighting?.edge ?? null,
      asOf: extent.asOf,
      get cursor() {
        return cursors.encode(state);
      },
      snapshotReason: kind === 'SNAPSHOT' ? this.#snapshotReason : null,
    };
  }
}
