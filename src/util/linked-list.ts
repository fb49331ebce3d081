/** A place in a `LinkedSet`, to leave it by. */
export interface ListNode<T> {
  value: T | null;
  before: ListNode<T> | null;
  behind: ListNode<T> | null;
}

/**
 * Values in order of arrival, for what comes and goes with every request.
 *
 * A `Set` would do the same, but it leaves its old hash tables behind, each with what was in it and a link to the
 * next: as soon as one of them is old enough for V8's full collection alone, all that follow wait for that too, with
 * every request that was in them. Here who leaves takes its links along.
 */
export class LinkedList<T> implements Iterable<T> {
  #first: ListNode<T> | null = null;
  #last: ListNode<T> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns its place, for `remove` */
  add(value: T): ListNode<T> {
    const place: ListNode<T> = { value, before: this.#last, behind: null };
    if (this.#last === null) this.#first = place;
    else this.#last.behind = place;
    this.#last = place;
    this.#size += 1;
    return place;
  }

  /** Removes what has this place; a second time does nothing. */
  remove(place: ListNode<T>): void {
    if (place.value === null) return;
    const { before, behind } = place;
    if (before === null) this.#first = behind;
    else before.behind = behind;
    if (behind === null) this.#last = before;
    else behind.before = before;
    place.value = null;
    place.before = null;
    place.behind = null;
    this.#size -= 1;
  }

  /** Removes all, and returns them. */
  drain(): T[] {
    const values: T[] = [];
    while (this.#first !== null) {
      const place = this.#first;
      if (place.value !== null) values.push(place.value);
      this.remove(place);
    }
    return values;
  }

  /** The value that was handed out last may be removed meanwhile, and no other. */
  *[Symbol.iterator](): Iterator<T> {
    let place = this.#first;
    while (place !== null) {
      const { value, behind } = place;
      if (value !== null) yield value;
      place = behind;
    }
  }
}
