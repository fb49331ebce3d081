/** Numbers that are allocated at once: rows of some ten pages. To allocate those of each page costs more. */
const ARENA_INTS = 16 * 1024;

/**
 * Memory for offset tables. The table of a list is a slice of the arena, and keeps the arena alive.
 *
 * One table is written at a time: `begin`, then `reserve` before each row, then `commit`. A table that is not committed
 * (because the JSON is invalid) is overwritten by the next one.
 */
export class OffsetArena {
  /** Where rows are written. Replaced when it is full. */
  numbers = new Int32Array(ARENA_INTS);
  #start = 0;
  /** Numbers that belong to committed tables. */
  #committed = 0;

  /** @returns index of the first row */
  begin(): number {
    this.#start = this.#committed;
    return this.#start;
  }

  /**
   * Makes room for a row; moves the table to a new arena if it does not fit.
   *
   * @param row - index of the row
   * @param width - numbers of the row
   * @returns index of the row, which changes if the table was moved
   */
  reserve(row: number, width: number): number {
    if (row + width <= this.numbers.length) return row;
    const table = this.numbers.subarray(this.#start, row);
    this.numbers = new Int32Array(Math.max(ARENA_INTS, table.length * 2, width));
    this.numbers.set(table);
    this.#start = 0;
    return table.length;
  }

  /** @param end - index after the last row. @returns the table */
  commit(end: number): Int32Array {
    this.#committed = end;
    return this.numbers.subarray(this.#start, end);
  }
}
