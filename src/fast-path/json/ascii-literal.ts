/** An ASCII string as 32-bit words. Comparing and writing words is four times as fast as bytes. */
export interface AsciiLiteral {
  readonly length: number;
  /** Little-endian words; the last one is padded with zeros. */
  readonly words: readonly number[];
  /** Bits of the last word that belong to the string. */
  readonly lastMask: number;
}

/** @param text - a non-empty ASCII string */
export function asciiLiteral(text: string): AsciiLiteral {
  const { length } = text;
  const count = Math.ceil(length / 4);
  const bytes = Buffer.alloc(count * 4);
  bytes.write(text, 'latin1');
  const words = Array.from({ length: count }, (_, index) => bytes.readInt32LE(index * 4));
  const over = length % 4;
  return { length, words, lastMask: over === 0 ? -1 : 2 ** (8 * over) - 1 };
}

/** Generates code that writes an ASCII string to the `JsonWriter` `out`, with constants instead of a loop. */
export function literalCode(text: string): string {
  const calls: string[] = [];
  for (let from = 0; from < text.length; from += 16) {
    const { length, words } = asciiLiteral(text.slice(from, from + 16));
    calls.push(`out.ascii16(${[length, ...words, 0, 0, 0].slice(0, 5).join(', ')});`);
  }
  return calls.join(' ');
}
