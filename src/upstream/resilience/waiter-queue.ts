import { LinkedList, type ListNode } from '../../util/linked-list.js';
import type { Flight } from './flight.js';

interface Waiting {
  readonly flight: Flight;
}

/** A waiter's place in the queue: the handle by which it is moved and removed. */
export interface Place<W> {
  readonly waiter: W;
  /** Number of its arrival. */
  readonly arrival: number;
  /** Where it is at present. */
  list: LinkedList<Place<W>>;
  node: ListNode<Place<W>> | null;
}

/**
 * Requests that wait for a permit, in the order in which they get one: those that a caller waits for, then background
 * requests, both in order of arrival.
 */
export class WaiterQueue<W extends Waiting> implements Iterable<W> {
  readonly #foreground = new LinkedList<Place<W>>();
  readonly #background = new LinkedList<Place<W>>();
  #arrivals = 0;

  get size(): number {
    return this.#foreground.size + this.#background.size;
  }

  /** Number of waiters that are not background requests. */
  get foreground(): number {
    return this.#foreground.size;
  }

  /** @returns the place, for `move` and `remove` */
  add(waiter: W): Place<W> {
    this.#arrivals += 1;
    const place: Place<W> = { waiter, arrival: this.#arrivals, list: this.#foreground, node: null };
    this.#insert(place);
    return place;
  }

  /** Moves a waiter after `isBackground` of its request has changed: to its place by arrival among its new kind. */
  move(place: Place<W>): void {
    this.remove(place);
    this.#insert(place);
  }

  /** Removes a waiter. Does nothing if it has been removed. */
  remove({ list, node }: Place<W>): void {
    if (node !== null) list.remove(node);
  }

  #insert(place: Place<W>): void {
    place.list = place.waiter.flight.isBackground() ? this.#background : this.#foreground;
    place.node = place.list.addSorted(place, ({ arrival }) => arrival > place.arrival);
  }

  /** During an iteration, only the current waiter may be removed. */
  *[Symbol.iterator](): Iterator<W> {
    for (const { waiter } of this.#foreground) yield waiter;
    for (const { waiter } of this.#background) yield waiter;
  }
}
