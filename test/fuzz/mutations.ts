import fc from 'fast-check';

/** Returns all strings that differ in one bit of their UTF-8 encoding. */
export function bitFlips(text: string): string[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: bytes.length * 8 }, (_, bit) => flipped(bytes, bit).toString('latin1'));
}

/** Returns all strings that differ in one bit of the decoded Base64 of one of their parts. */
export function bitFlipsBelowBase64(text: string): string[] {
  const parts = text.split('.');
  return parts.flatMap((part, at) => {
    const bytes = Buffer.from(part, 'base64url');
    return Array.from({ length: bytes.length * 8 }, (_, bit) =>
      parts.with(at, flipped(bytes, bit).toString('base64url')).join('.'),
    );
  });
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** Characters with a special meaning in URLs, JSON, HTML or HTTP. */
const SPECIAL = [
  ...'.:/?#&=%+-_~@\\"\'`<>{}[]()|;, \0\n\r\tAz09',
  '\u2028',
  '\ud800',
  'é',
  '😀',
  '%2e',
  '../',
];

const character = fc.oneof(
  fc.constantFrom(...SPECIAL),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);

/** Mutates strings by a few deletions, insertions, repetitions and replacements. */
export function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 200 })),
    put: fc.oneof(fc.constant(''), character, fc.constantFrom(...texts)),
  });
  return fc
    .record({ text: fc.constantFrom(...texts), edits: fc.array(edit, { minLength: 1, maxLength: 3 }) })
    .map(({ text, edits }) =>
      edits.reduce((left, { at, cut, put }) => {
        const index = Math.floor(at * left.length);
        return left.slice(0, index) + put + left.slice(index + cut);
      }, text),
    );
}
