/** Node of a `LinkedList`: the handle by which a value is removed. */
export interface ListNode<T> {
  value: T | null;
  previous: ListNode<T> | null;
  next: ListNode<T> | null;
}

/**
 * Doubly linked list of values in order of insertion, for values that are added and removed with each request.
 *
 * A `Set` would also do, but V8 keeps its old hash tables, each linked to the next with what was in it, until a full garbage
 * collection: all requests that were in them stay in memory. A removed node of this list keeps no links.
 */
export class LinkedList<T> implements Iterable<T> {
  #first: ListNode<T> | null = null;
  #last: ListNode<T> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns the node, for `remove` */
  add(value: T): ListNode<T> {
    return this.#insert(value, this.#last);
  }

  /**
   * Adds a value to a list that is sorted. It takes time for each value that has to come after it.
   *
   * @param isAfter - whether a value of the list has to come after the new one
   * @returns the node, for `remove`
   */
  addSorted(value: T, isAfter: (other: T) => boolean): ListNode<T> {
    let previous = this.#last;
    while (previous !== null && previous.value !== null && isAfter(previous.value))
      previous = previous.previous;
    return this.#insert(value, previous);
  }

  /** Removes a node. Does nothing if it has been removed. */
  remove(node: ListNode<T>): void {
    if (node.value === null) return;
    const { previous, next } = node;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    node.value = null;
    node.previous = null;
    node.next = null;
    this.#size -= 1;
  }

  /** Removes and returns all values. */
  drain(): T[] {
    const values: T[] = [];
    while (this.#first !== null) {
      const node = this.#first;
      if (node.value !== null) values.push(node.value);
      this.remove(node);
    }
    return values;
  }

  /** @param previous - the node before; `null` for the first place */
  #insert(value: T, previous: ListNode<T> | null): ListNode<T> {
    const next = previous === null ? this.#first : previous.next;
    const node: ListNode<T> = { value, previous, next };
    if (previous === null) this.#first = node;
    else previous.next = node;
    if (next === null) this.#last = node;
    else next.previous = node;
    this.#size += 1;
    return node;
  }

  /** During an iteration, only the current value may be removed. */
  *[Symbol.iterator](): Iterator<T> {
    let node = this.#first;
    while (node !== null) {
      const { value, next } = node;
      if (value !== null) yield value;
      node = next;
    }
  }
}
