/** Hashes the code units of a text to an integer of 32 bits (FNV-1a). */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Seeded pseudorandom generator (xorshift, 32 bits): the same seed gives the same sequence on each machine. */
export class Random {
  #state: number;

  constructor(seed: string) {
    // Zero is the only state that the generator cannot leave.
    this.#state = textHash(seed) >>> 0 || 1;
    // Similar seeds have similar first numbers, so these are skipped.
    for (let i = 0; i < 8; i += 1) this.#next();
  }

  /** Returns an integer from `min` to `max`, inclusive. */
  int(min: number, max: number): number {
    return min + (this.#next() % (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.#next() < probability * 0x1_0000_0000;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.int(0, choices.length - 1)] ?? choices[0];
  }

  /** @param words - number of groups of eight hexadecimal digits */
  hex(words: number): string {
    let text = '';
    for (let i = 0; i < words; i += 1) text += this.#next().toString(16).padStart(8, '0');
    return text;
  }

  /** Returns decimal digits; the first one may be zero. */
  digits(count: number): string {
    let text = '';
    for (let i = 0; i < count; i += 1) text += this.int(0, 9);
    return text;
  }

  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }
}
