import { FastAbortSignal, onAbort } from '../../util/abort.js';
import type { Clock } from '../../util/clock.js';
import { LinkedList, type ListNode } from '../../util/linked-list.js';
import { UpstreamError } from '../errors.js';
import type { RequestScope } from '../upstream.js';
import type { Flight } from './flight.js';

type Scope = Pick<RequestScope, 'signal' | 'deadline' | 'background'>;

/** A waiter's part of a shared request. */
export interface Subscription<T> {
  readonly result: Promise<T>;
  /** Whether the request was in flight already. */
  readonly joined: boolean;
}

/** Coalesces identical concurrent requests (single-flight). A request is aborted when its last waiter has left. */
export class InFlightRequests<T> {
  readonly #clock: Clock;
  readonly #requests = new Map<string, SharedRequest<T>>();
  #closed: Error | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Joins the request in flight for `key`, or starts one.
   *
   * The promise rejects with the error of the request, with UPSTREAM_TIMEOUT at the deadline of this scope, or with the
   * abort reason of this scope. Other waiters are not affected.
   *
   * @param start - sends the request
   * @throws the same errors when the scope is aborted or its deadline has passed already
   */
  join(key: string, scope: Scope, start: (flight: Flight) => Promise<T>): Subscription<T> {
    scope.signal.throwIfAborted();
    if (this.#closed !== null) throw this.#closed;
    if (scope.deadline <= this.#clock.now()) throw deadlinePassed();
    const inFlight = this.#requests.get(key);
    if (inFlight !== undefined) return { result: inFlight.subscribe(scope), joined: true };
    const request = new SharedRequest<T>(this.#clock, () => {
      // Later waiters must not join a request that is being aborted.
      if (this.#requests.get(key) === request) this.#requests.delete(key);
    });
    this.#requests.set(key, request);
    const result = request.subscribe(scope);
    // The first waiter comes before the request is sent, because the waiters set its deadline.
    request.start(start);
    return { result, joined: false };
  }

  /** Aborts all requests. Their waiters and later calls of `join` are rejected with the error. */
  close(error: Error): void {
    this.#closed = error;
    for (const request of this.#requests.values()) request.signal.abort(error);
  }
}

interface Waiter<T> {
  readonly deadline: number;
  readonly isBackground: boolean;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
  /** Remove the waiter's abort listener and its timer. */
  readonly cleanups: (() => void)[];
}

class SharedRequest<T> implements Flight {
  readonly signal = new FastAbortSignal();
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  readonly #waiters = new LinkedList<Waiter<T>>();
  /** Number of waiters that are not background operations. */
  #foreground = 0;
  #onPriority: (() => void) | null = null;
  #settled = false;

  /** @param onEmpty - called when there is no waiter left, or the request has settled */
  constructor(clock: Clock, onEmpty: () => void) {
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  start(start: (flight: Flight) => Promise<T>): void {
    start(this).then(
      (value) => this.#settle(({ resolve }) => resolve(value)),
      (reason: unknown) => this.#settle(({ reject }) => reject(reason)),
    );
  }

  deadline(): number {
    let latest = Number.NEGATIVE_INFINITY;
    for (const { deadline } of this.#waiters) latest = Math.max(latest, deadline);
    return latest;
  }

  isBackground(): boolean {
    return this.#foreground === 0;
  }

  watchPriority(listener: (() => void) | null): void {
    this.#onPriority = listener;
  }

  /** Waits for the result until the deadline of the scope, or until its signal is aborted. */
  subscribe({ signal, deadline, background: isBackground = false }: Scope): Promise<T> {
    return new Promise((resolve, reject) => {
      const cleanups: (() => void)[] = [];
      const node = this.#waiters.add({ deadline, isBackground, resolve, reject, cleanups });
      const giveUp = (reason: unknown) => {
        reject(reason);
        this.#leave(node);
      };
      try {
        if (!isBackground) this.#countForeground(1);
        cleanups.push(onAbort(signal, () => giveUp(signal.reason)));
        cleanups.push(this.#clock.after(deadline - this.#clock.now(), () => giveUp(deadlinePassed())));
      } catch (error) {
        // A request without a waiter must not be sent.
        giveUp(error);
      }
    });
  }

  #leave(node: ListNode<Waiter<T>>): void {
    const waiter = node.value;
    this.#waiters.remove(node);
    if (waiter !== null) cleanUp(waiter);
    if (this.#settled) return;
    if (this.#waiters.size > 0) {
      if (waiter?.isBackground === false) this.#countForeground(-1);
      return;
    }
    this.#onEmpty();
    this.signal.abort(new Error('The last waiter of this request has left.'));
  }

  #countForeground(change: 1 | -1): void {
    const before = this.isBackground();
    this.#foreground += change;
    if (this.isBackground() !== before) this.#onPriority?.();
  }

  #settle(notify: (waiter: Waiter<T>) => void): void {
    this.#settled = true;
    this.#onEmpty();
    const waiters = this.#waiters.drain();
    // All promises are settled before anything that can throw.
    for (const waiter of waiters) notify(waiter);
    for (const waiter of waiters) cleanUp(waiter);
  }
}

function cleanUp({ cleanups }: Pick<Waiter<unknown>, 'cleanups'>): void {
  for (const cleanup of cleanups) cleanup();
}

/** Returns the error of an operation whose deadline has passed. */
export function deadlinePassed(): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_TIMEOUT',
    'The upstream did not respond before the deadline of the operation.',
  );
}
