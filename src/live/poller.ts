import { SCOPES } from '../resources/scopes.js';
import type { PollNews } from '../upstream/shared/shared-state.js';
import { FastAbortSignal } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import { reaches, type View, viewOf } from './changes.js';
import type { ListReader } from './list-reader.js';
import type { Observation } from './observation.js';
import type { LiveObserver } from './observer.js';
import { type PollFindings, pollInterval } from './poll-interval.js';
import { HEAD_SIZE, NOTHING_KNOWN, type WatchState } from './watch-state.js';

export interface PollerParts {
  readonly reader: ListReader;
  readonly clock: Clock;
  /** `LIVE_POLL_MS`. */
  readonly baseMs: number;
  readonly observer: LiveObserver;
  /** Listens to other instances; `null`: nothing is shared. */
  readonly listen: ((onPolled: (ageMs: number) => void) => PollNews) | null;
  /** Called when nobody watches any more. */
  readonly onIdle: () => void;
}

/** Why a poller has nothing to show: the error of its first poll, or that the list does not exist. */
export type PollFailure = { readonly error: unknown } | 'no such list';

/** Why a list is polled. */
interface PollCause {
  /** A response that is older, in milliseconds, does not count as a poll. */
  readonly maxAgeMs: number;
  /** Whether another instance has polled the list. */
  readonly isNews: boolean;
}

/** Someone who watches a list. */
export interface Watcher {
  /** Called after each poll, successful or not. */
  polled(): void;
}

/** Sees the list with everything in it. */
const ALL_SCOPES = { scopes: new Set(SCOPES) };

/** A response of a query, or of another instance, counts as a poll if it is younger than this share of the interval. */
const FRESH_SHARE = 0.25;

/** How long the news of a poll may take from one instance to another, in milliseconds. */
const NEWS_MS = 500;

/**
 * Polls one list for all who watch it: the first poll begins with the first watcher, and the last watcher that leaves ends the
 * polls. It is a watcher itself, which sees every field, and so it knows whether anything changes and how deep to read.
 */
export class Poller {
  readonly #parts: PollerParts;
  readonly #watchers = new Set<Watcher>();
  /** States of watchers that the present observation does not reach. */
  readonly #demands = new Set<WatchState>();
  readonly #signal = new FastAbortSignal();
  readonly #news: PollNews | null;
  #observation: Observation | null = null;
  #failure: PollFailure | null = null;
  #state: WatchState = NOTHING_KNOWN;
  #findings: PollFindings = { hasChanged: false, hasOpen: true, quietPolls: 0, failures: 0 };
  #isDeep = false;
  #polling = false;
  #cancelTimer: (() => void) | null = null;

  constructor(parts: PollerParts) {
    this.#parts = parts;
    this.#news =
      parts.listen?.((ageMs) => this.#pollNow({ maxAgeMs: ageMs + NEWS_MS, isNews: true })) ?? null;
  }

  /** What the last successful poll has seen; `null` before it. */
  get observation(): Observation | null {
    return this.#observation;
  }

  /** Set while there is no observation, after a poll has failed; or after the list has ceased to exist. */
  get failure(): PollFailure | null {
    return this.#failure;
  }

  /** @returns function that stops watching */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    if (this.#isOutdated()) this.#pollNow();
    return () => {
      if (!this.#watchers.delete(watcher) || this.#watchers.size > 0) return;
      this.#close();
      this.#parts.onIdle();
    };
  }

  /** Reads deeper at once, until the observation reaches a state. */
  demand(state: WatchState): void {
    this.#demands.add(state);
    this.#isDeep = true;
    this.#pollNow();
  }

  #close(): void {
    this.#cancelTimer?.();
    this.#news?.close();
    this.#signal.abort(new Error('nobody watches this list any more'));
  }

  #isOutdated(): boolean {
    const { clock, baseMs } = this.#parts;
    if (this.#observation === null) return true;
    // While polls fail, the next one is due when the interval says.
    return this.#findings.failures === 0 && clock.now() - this.#observation.extent.sentAt > baseMs;
  }

  #pollNow(cause: PollCause = { maxAgeMs: this.#parts.baseMs * FRESH_SHARE, isNews: false }): void {
    if (this.#polling || this.#signal.aborted) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    void this.#poll(cause);
  }

  #schedule(): void {
    const { clock, baseMs } = this.#parts;
    if (this.#signal.aborted) return;
    const ms = pollInterval(this.#findings, baseMs, clock.random());
    this.#cancelTimer = clock.after(ms, () => this.#pollNow());
  }

  async #poll(cause: PollCause): Promise<void> {
    this.#polling = true;
    const demands = [...this.#demands];
    const isDone = await this.#read(demands, cause);
    this.#polling = false;
    if (this.#signal.aborted) return;
    // After a failure they wait for the next poll.
    if (isDone) for (const state of demands) this.#demands.delete(state);
    for (const watcher of [...this.#watchers]) watcher.polled();
    if (isDone && this.#demands.size > 0) this.#pollNow();
    else this.#schedule();
  }

  /** @returns whether there was a response */
  async #read(demands: readonly WatchState[], { maxAgeMs, isNews }: PollCause): Promise<boolean> {
    const { reader, clock, observer } = this.#parts;
    try {
      const { observation, cost } = await reader.poll({
        isDeep: this.#isDeep,
        isEnough: (seen) => this.#isEnough(seen, demands),
        maxAgeMs,
        signal: this.#signal,
      });
      if (cost.staleMs > 0) {
        // Better than nothing for whoever has seen nothing yet: `asOf` says how old it is.
        this.#observation ??= observation;
        this.#failed();
        return false;
      }
      if (observation === null) this.#failure = 'no such list';
      else {
        this.#take(observation);
        // Instances that answered each other's news with news would never wait.
        if (cost.requests > 0 && !isNews) this.#news?.announce(clock.now() - observation.extent.sentAt);
      }
      observer.poll(this.#findings.hasChanged ? 'changed' : 'unchanged');
      return true;
    } catch (error) {
      if (this.#signal.aborted) return false;
      if (this.#observation === null) this.#failure = { error };
      this.#failed();
      return false;
    }
  }

  #isEnough(observation: Observation, demands: readonly WatchState[]): boolean {
    const { view } = observation.perspective(ALL_SCOPES);
    return [this.#state, ...demands].every((state) => reaches(state, view));
  }

  #take(observation: Observation): void {
    // Another instance may have polled later than this one.
    if (this.#observation !== null && observation.extent.sentAt < this.#observation.extent.sentAt) return;
    const perspective = observation.perspective(ALL_SCOPES);
    const changes = perspective.changesSince(this.#state);
    const isFirst = this.#observation === null;
    const hasChanged = !isFirst && changes.length > 0;
    this.#state = changes.at(-1)?.state ?? perspective.settled(this.#state);
    this.#observation = observation;
    this.#failure = null;
    const hasOpen = [...this.#state.head, ...this.#state.others].some(({ isOver }) => !isOver);
    const isQuiet = !hasChanged && !hasOpen && !isFirst;
    const quietPolls = isQuiet ? this.#findings.quietPolls + 1 : 0;
    this.#findings = { hasChanged, hasOpen, quietPolls, failures: 0 };
    // An open record further down needs deep reads as long as it is open.
    const { view } = perspective;
    this.#isDeep = view.sightings.length > HEAD_SIZE && !reaches(this.#state, firstOf(view));
  }

  #failed(): void {
    this.#findings = { ...this.#findings, hasChanged: false, failures: this.#findings.failures + 1 };
    this.#parts.observer.poll('failed');
  }
}

/** The part of a view that a poll of the first records would have brought. */
function firstOf({ sightings }: View): View {
  return viewOf(sightings.slice(0, HEAD_SIZE), { isWhole: false, isDeepest: false });
}
