import type { AbortSignalLike } from '../../util/abort.js';
import type { Token } from '../auth/token.js';
import type { HttpResponse } from '../http/transport.js';
import type { Flight } from '../resilience/flight.js';

/**
 * What the upstream client shares with the other instances that use the same account. The client works without any of it.
 * No method throws because the shared state cannot be reached: the client serves on by itself then.
 */
export interface SharedState {
  /** `null`: no pages are shared. */
  readonly pages: SharedPages | null;
  readonly slots: SharedSlots;
  readonly tokens: SharedTokens;
  /** `null`: no pages are shared, and so each instance polls by itself. */
  readonly polls: SharedPolls | null;
  /** Gives back what the client holds. */
  close(): Promise<void>;
}

/** The part of a response that instances share. */
export type SharedResponse = Pick<HttpResponse, 'status' | 'requestId' | 'body' | 'sentAt'>;

/** Responses of the upstream: one instance requests a page, the others wait for it. */
export interface SharedPages {
  /**
   * Finds a fresh response, or makes this instance the one that requests it. While another instance requests it, waits
   * until the response is there, or that instance gives up.
   *
   * @param path - path and query
   * @param maxAgeMs - maximum age of a fresh response besides `CACHE_TTL_MS`
   * @returns a response of another instance; a lease, if this instance has to request it for all; `null`, if it has to
   *   request it for itself
   * @throws the signal's reason when it is aborted
   */
  claim(path: string, flight: Flight, maxAgeMs?: number): Promise<SharedResponse | PageLease | null>;
  /** Finds a response that may replace an error. @returns `null` if there is none */
  stale(path: string): Promise<SharedResponse | null>;
}

/** The duty to request a page for all instances. One of the two methods has to be called; later calls have no effect. */
export interface PageLease {
  readonly lease: true;
  /** Shares the response. */
  share(response: SharedResponse): void;
  /** Gives up: another instance may request the page. */
  abandon(): void;
}

/** Lets the instances that watch the same list know that one of them has polled it. */
export interface SharedPolls {
  /**
   * Listens to the other instances.
   *
   * @param list - identifies the list among those of the account
   * @param onPolled - called when another instance has polled the list: its pages are among the shared ones. It is given
   *   their age in milliseconds
   */
  listen(list: string, onPolled: (ageMs: number) => void): PollNews;
}

/** The news about the polls of one list. */
export interface PollNews {
  /** Tells the others that this instance has polled the list. @param ageMs - of its oldest page, in milliseconds */
  announce(ageMs: number): void;
  /** Stops listening. */
  close(): void;
}

/** Limits the requests that all instances together have in flight. */
export interface SharedSlots {
  /** Number of requests that wait for a slot. */
  readonly queued: number;
  /**
   * Waits until one more request may be sent.
   *
   * @throws the signal's reason when it is aborted; UPSTREAM_TIMEOUT at the deadline
   */
  acquire(flight: Flight): Promise<Slot>;
}

/** Permission for one attempt. */
export interface Slot {
  /** Whether it had to be waited for, because all slots were held. */
  readonly queued: boolean;
  /** Must be called exactly once. */
  release(): void;
}

/** Access tokens of the client credentials grant. */
export interface SharedTokens {
  /**
   * Finds the token of another instance, or makes this instance the one that requests a token. While another instance
   * requests one, waits for it.
   *
   * @param known - `Authorization` value of the token that this instance has to replace: it is not returned
   * @returns a token; a lease, if this instance has to request it for all; `null`, if it has to request it for itself
   * @throws the signal's reason when it is aborted
   */
  claim(known: string | null, signal: AbortSignalLike): Promise<Token | TokenLease | null>;
  /** Removes a token that the upstream has rejected, unless it has been replaced. */
  reject(header: string): void;
}

/** The duty to request a token for all instances. One of the two methods has to be called; later calls have no effect. */
export interface TokenLease {
  readonly lease: true;
  /** Shares the token. */
  share(token: Token): void;
  /** Gives up: another instance may request a token. */
  abandon(): void;
}
