/** A sum of integers that is larger than a JSON number can exactly be. */
export class UnsafeSumError extends Error {
  override readonly name = 'UnsafeSumError';

  constructor() {
    super(`The sum exceeds ${Number.MAX_SAFE_INTEGER}. Use a filter that matches fewer records.`);
  }
}

/** Takes the place of a sum that is too large. Its field becomes null, with an error. */
const UNSAFE = {
  /** Called when the value is serialized: GraphQL's scalars call `valueOf` of every object. */
  valueOf(): never {
    throw new UnsafeSumError();
  },
};

/** A sum of integers from 0 to 2^53 - 1. */
export class Sum {
  #total = 0;
  #isSafe = true;

  add(value: number): void {
    this.#total += value;
    if (this.#total > Number.MAX_SAFE_INTEGER) this.#isSafe = false;
  }

  /** The sum, or a value that throws an `UnsafeSumError` when it is serialized. */
  get value(): unknown {
    return this.#isSafe ? this.#total : UNSAFE;
  }
}
