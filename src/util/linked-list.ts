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
    const node: ListNode<T> = { value, previous: this.#last, next: null };
    if (this.#last === null) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size += 1;
    return node;
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
