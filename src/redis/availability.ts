import type { RedisObserver, RedisState, RedisUse } from '../observability/metrics/redis.js';
import type { Clock } from '../util/clock.js';
import { errorCodeOf } from '../util/error-code.js';

/** Time limit of a command in milliseconds. */
const COMMAND_MS = 250;
const SLICE_MS = 25;
/** Time between two probes while Redis is not `ok`: at first, and at most. Jitter adds up to a half. */
const FIRST_PROBE_MS = 100;
const MAX_PROBE_MS = 2000;
/** Number of probes after which a connection that has not become ready is replaced. */
const PROBES_TO_RECONNECT = 8;
/** After this time in the state `ok`, the next outage is probed at the first interval again. */
const STABLE_MS = 30_000;

/** Errors of commands that write, while reads are served. Redis 6 puts the code of a script's error into the middle. */
const WRITE_ERRORS = /\b(OOM|MISCONF|NOREPLICAS)\b/;
/** Redis is a replica: the client connects again, because the address may lead to the primary. */
const REPLICA_ERROR = /\bREADONLY\b/;

interface AvailabilityLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface AvailabilityParts {
  readonly clock: Clock;
  readonly log: AvailabilityLog;
  readonly observer: RedisObserver;
  /** Sends a command that writes. @returns whether Redis takes it */
  readonly probe: () => Promise<unknown>;
  /** Drops the connection and connects again. */
  readonly reconnect: () => void;
}

/**
 * Circuit breaker of all commands to Redis. After the first command that fails or takes too long, no command is sent, so
 * that no operation waits for Redis. Probes in the background find when it answers again.
 */
export class Availability {
  readonly #parts: AvailabilityParts;
  readonly #listeners = new Set<(state: RedisState) => void>();
  #state: RedisState = 'ok';
  #changedAt: number;
  #probes = 0;
  #cancelProbe: (() => void) | null = null;
  #closed = false;

  constructor(parts: AvailabilityParts) {
    this.#parts = parts;
    this.#changedAt = parts.clock.now();
  }

  get state(): RedisState {
    return this.#state;
  }

  /** Adds a listener for changes of the state. @returns removes it */
  onChange(listener: (state: RedisState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Sends a command that only reads.
   *
   * @returns its reply; `undefined` if Redis is down, or the command fails
   */
  read<T>(use: RedisUse, send: () => Promise<T>): Promise<T | undefined> {
    return this.#state === 'down' ? UNAVAILABLE : this.#send(use, send);
  }

  /**
   * Sends a command that writes.
   *
   * @returns its reply; `undefined` if Redis takes no writes, or the command fails
   */
  write<T>(use: RedisUse, send: () => Promise<T>): Promise<T | undefined> {
    return this.#state === 'ok' ? this.#send(use, send) : UNAVAILABLE;
  }

  /** Redis is down: there is no connection. @param error - the reason, if it is known */
  disconnected(error: unknown): void {
    if (this.#state === 'ok') this.#change('down', error);
  }

  /** Probes soon if Redis was down: a connection was made. */
  connected(): void {
    if (this.#state === 'down') this.#probeIn(FIRST_PROBE_MS / 2);
  }

  close(): void {
    this.#closed = true;
    this.#cancelProbe?.();
    this.#cancelProbe = null;
  }

  async #send<T>(use: RedisUse, send: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#inTime(send);
    } catch (error) {
      this.#parts.observer.failed(use);
      this.#change(stateAfter(error), error);
      return undefined;
    }
  }

  /**
   * Only time in which this process could have read the reply counts: a timer that is late says that the event loop was
   * blocked.
   *
   * @throws {TimeLimitError} if there is no reply in time
   */
  #inTime<T>(send: () => Promise<T>): Promise<T> {
    const { clock } = this.#parts;
    return new Promise((resolve, reject) => {
      let cancel = () => {};
      const wait = (slices: number) => {
        const due = clock.now() + SLICE_MS;
        cancel = clock.after(SLICE_MS, () => {
          const left = clock.now() - due < SLICE_MS ? slices - 1 : slices;
          if (left === 0) reject(new TimeLimitError());
          else wait(left);
        });
      };
      wait(COMMAND_MS / SLICE_MS);
      send()
        .then(resolve, reject)
        .finally(() => cancel());
    });
  }

  #change(state: RedisState, error: unknown): void {
    if (this.#closed || state === this.#state) return;
    const { clock, log } = this.#parts;
    const now = clock.now();
    if (this.#state === 'ok' && now - this.#changedAt > STABLE_MS) this.#probes = 0;
    this.#state = state;
    this.#changedAt = now;
    if (state === 'ok') log.info({}, 'Redis available again');
    else log.warn({ reason: reasonOf(error) }, MESSAGES[state]);
    if (state !== 'ok') this.#scheduleProbe();
    for (const listener of this.#listeners) listener(state);
  }

  #scheduleProbe(): void {
    const { clock } = this.#parts;
    const delay = Math.min(MAX_PROBE_MS, FIRST_PROBE_MS * 2 ** Math.min(this.#probes, 10));
    this.#probes += 1;
    this.#probeIn(delay * (1 + clock.random() / 2));
  }

  #probeIn(ms: number): void {
    if (this.#closed) return;
    this.#cancelProbe?.();
    this.#cancelProbe = this.#parts.clock.after(ms, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    this.#cancelProbe = null;
    try {
      await this.#inTime(this.#parts.probe);
      this.#change('ok', null);
    } catch (error) {
      this.#parts.observer.failed('probe');
      // A connection whose peer is gone without a word would never answer again, nor become ready.
      if (error instanceof TimeLimitError || this.#probes % PROBES_TO_RECONNECT === 0)
        this.#parts.reconnect();
      this.#change(stateAfter(error), error);
    }
    if (this.#state !== 'ok' && this.#cancelProbe === null) this.#scheduleProbe();
  }
}

const UNAVAILABLE = Promise.resolve(undefined);

const MESSAGES = {
  down: 'Redis unavailable: this instance serves by itself',
  'read-only': 'Redis takes no writes: this instance shares nothing new',
} as const;

/** A command took longer than its time limit. */
class TimeLimitError extends Error {
  readonly code = 'TIMEOUT';
}

function stateAfter(error: unknown): RedisState {
  return error instanceof Error && WRITE_ERRORS.test(error.message) ? 'read-only' : 'down';
}

/** Why Redis is not available, as an error code. Messages can contain the address or a value. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return (
    errorCodeOf(error) ??
    [WRITE_ERRORS, REPLICA_ERROR, /^[A-Z]{3,20}(?= )/]
      .map((code) => code.exec(error.message))
      .find(Boolean)?.[0] ??
    'no answer'
  );
}
