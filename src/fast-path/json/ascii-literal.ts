/** Some ASCII in words of four bytes: so it is looked for, and written, four times as fast as byte by byte. */
export interface Phrase {
  readonly length: number;
  /** Little-endian. The last one is filled up with zeros. */
  readonly words: readonly number[];
  /** Which bits of the last one belong to it. */
  readonly lastMask: number;
}

/** @param text - ASCII, not empty */
export function phrase(text: string): Phrase {
  const { length } = text;
  const count = Math.ceil(length / 4);
  const bytes = Buffer.alloc(count * 4);
  bytes.write(text, 'latin1');
  const words = Array.from({ length: count }, (_, index) => bytes.readInt32LE(index * 4));
  const over = length % 4;
  return { length, words, lastMask: over === 0 ? -1 : 2 ** (8 * over) - 1 };
}

/** Code that has a `JsonWriter` by the name of `out` write some ASCII: numbers alone, which take no loop. */
export function phraseCode(text: string): string {
  const calls: string[] = [];
  for (let from = 0; from < text.length; from += 16) {
    const { length, words } = phrase(text.slice(from, from + 16));
    calls.push(`out.ascii16(${[length, ...words, 0, 0, 0].slice(0, 5).join(', ')});`);
  }
  return calls.join(' ');
}
