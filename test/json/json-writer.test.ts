import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiLiteral, literalCode } from '../../src/fast-path/json/ascii-literal.js';
import { scanned } from '../../src/fast-path/json/json-scanner.js';
import { JsonWriter } from '../../src/fast-path/json/json-writer.js';
import { texts } from './arbitraries.js';

/** Initial capacity of a writer in bytes. */
const ROOM = 64 * 1024;

/** A write operation and its expected output. */
interface Write {
  readonly name: string;
  readonly text: string;
  readonly to: (out: JsonWriter) => void;
}

/** Truncates the output to the start of an earlier operation. */
interface Back {
  readonly name: 'back' | 'take';
  readonly pick: number;
}

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 20 });
/** A small set of strings, so that the same string is written repeatedly. */
const repeated = fc.constantFrom('page.abcdefghijkl.', 'page.abcdefghijkm.', 'page', '', 'x'.repeat(1000));
const integers = fc.oneof(
  fc.nat(),
  fc.nat(1000),
  fc.nat(9).map((power) => 10 ** power),
  fc.nat(9).map((power) => 10 ** power - 1),
  fc.constant(2 ** 31 - 1),
);
const values = fc.oneof(
  texts,
  integers,
  fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' }),
  fc.double(),
  fc.constantFrom(undefined, NaN, Infinity, -0, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 32 + 1, -(2 ** 31)),
);

const writes: fc.Arbitrary<Write> = fc.oneof(
  texts.map((text) => write('string', JSON.stringify(text), (out) => out.string(text))),
  values.map((value) => write('value', JSON.stringify(value) ?? 'null', (out) => out.value(value))),
  integers.map((integer) => write('integer', String(integer), (out) => out.integer(integer))),
  fc.boolean().map((value) => write('boolean', String(value), (out) => out.boolean(value))),
  fc.constant(write('null', 'null', (out) => out.null())),
  fc.nat(127).map((byte) => write('byte', String.fromCharCode(byte), (out) => out.byte(byte))),
  fc
    .tuple(fc.nat(127), fc.nat(127), fc.nat(127), fc.nat(127))
    .map((bytes) =>
      write('ascii16', String.fromCharCode(...bytes), (out) =>
        out.ascii16(4, Buffer.from(bytes).readInt32LE(), 0, 0, 0),
      ),
    ),
  fc.oneof(repeated, ascii).map((text) => write('ascii', text, (out) => out.ascii(text))),
  // The repeated string is usually the page part of a cursor.
  fc.constant(write('ascii', 'page.', (out) => out.ascii('page.'))),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((text) => write('code', text, codeFor(text))),
  ascii
    .filter((text) => text !== '')
    .map((text) => write('phrase', text, (out) => out.phrase(asciiLiteral(text)))),
  texts.map((text) => write('json', text, (out) => out.json(text))),
  fc.tuple(ascii, ascii, ascii).map(([front, text, behind]) => {
    const source = scanned(Buffer.from(front + text + behind));
    return write('copy', text, (out) => out.copy(source, front.length, front.length + text.length));
  }),
);
const backs: fc.Arbitrary<Back> = fc.record({
  name: fc.constantFrom<Back['name'][]>('back', 'take'),
  pick: fc.nat(),
});

/** @param text - a string without lone surrogates, which UTF-8 cannot represent */
function write(name: string, text: string, to: Write['to']): Write {
  return { name, text: Buffer.from(text).toString(), to };
}

/** Writes a string with generated code. */
function codeFor(text: string): Write['to'] {
  return new Function('out', literalCode(text)) as Write['to'];
}

/** Writes JSON that takes exactly its number of bytes. The `json` method reserves more. */
function filled(length: number): Write {
  const source = scanned(Buffer.alloc(length, 'x'));
  return write('fill', 'x'.repeat(length), (out) => out.copy(source, 0, length));
}

/** Executes the operations and compares the output with the concatenated strings. */
function expectSame(steps: readonly (Write | Back)[]): void {
  const out = new JsonWriter();
  const parts: string[] = [];
  const places = [0];
  for (const step of steps) {
    if ('to' in step) {
      step.to(out);
      parts.push(step.text);
      places.push((places.at(-1) ?? 0) + Buffer.byteLength(step.text));
    } else {
      const kept = step.pick % places.length;
      const from = places[kept] ?? 0;
      const rest = parts.splice(kept).join('');
      places.length = kept + 1;
      if (step.name === 'take') expect(out.take(from)).toBe(rest);
      else out.backTo(from);
    }
    expect(out.length).toBe(places.at(-1));
  }
  expect(out.take(0)).toBe(parts.join(''));
}

describe('JsonWriter', () => {
  it('writes the concatenation of its parts', () => {
    fc.assert(
      fc.property(fc.array(writes, { maxLength: 30 }), (steps) => expectSame(steps)),
      { numRuns: 500 },
    );
  });

  it('writes the same output after parts were taken or truncated', () => {
    const steps = fc.array(fc.oneof({ weight: 4, arbitrary: writes }, { weight: 1, arbitrary: backs }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (steps) => expectSame(steps)),
      { numRuns: 500 },
    );
  });

  it('writes the same output when the buffer grows, at any of its parts', () => {
    const left = fc.oneof(fc.nat(40), fc.nat(3000));
    const steps = fc.array(fc.oneof({ weight: 6, arbitrary: writes }, { weight: 1, arbitrary: backs }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(left, steps, steps, (left, front, behind) => {
        expectSame([filled(ROOM - left), ...front, filled(2 * ROOM), ...behind]);
      }),
    );
  });

  it('grows at any offset near the end of the buffer', () => {
    const parts = [
      write('string', '"text"', (out) => out.string('text')),
      write('integer', '2147483647', (out) => out.integer(2 ** 31 - 1)),
      write('byte', '-', (out) => out.byte(0x2d)),
      write('boolean', 'false', (out) => out.boolean(false)),
      write('json', '"é"', (out) => out.json('"é"')),
      write('ascii', 'page.abc.', (out) => out.ascii('page.abc.')),
    ];
    for (let left = 0; left < 24; left += 1) {
      for (const part of parts) expectSame([filled(ROOM - left), part, part, part]);
    }
  });

  it('writes a large response', () => {
    const rows = Array.from({ length: 5000 }, (_, at) => ({ sid: `WN${at}`, name: 'é'.repeat(at % 50) }));
    const out = new JsonWriter();
    for (const row of rows) out.value(row);
    expect(out.take(0)).toBe(rows.map((row) => JSON.stringify(row)).join(''));
    out.value(rows[1]);
    expect(out.take(0)).toBe(JSON.stringify(rows[1]));
  });

  it('takes the output after an offset and keeps the output before it', () => {
    const out = new JsonWriter();
    out.ascii('front');
    const { length } = out;
    out.string('é');
    expect(out.take(length)).toBe('"é"');
    expect(out.length).toBe(length);
    out.byte(0x21);
    expect(out.take(0)).toBe('front!');
    expect(out.length).toBe(0);
    expect(out.take(0)).toBe('');
  });

  it('does not repeat a string that was truncated', () => {
    const out = new JsonWriter();
    out.ascii('kept');
    const { length } = out;
    out.ascii('forgotten');
    out.backTo(length);
    out.ascii('!');
    // The string must be written again, because its bytes have been overwritten.
    out.ascii('forgotten');
    expect(out.take(0)).toBe('kept!forgotten');
  });
});

describe('JsonWriter.string', () => {
  it('writes any string as JSON', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const out = new JsonWriter();
        out.string(text);
        expect(out.take(0)).toBe(Buffer.from(JSON.stringify(text)).toString());
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['plain', '"plain"'],
    ['', '""'],
    ['"\\\n', '"\\"\\\\\\n"'],
    ['\x7f', '"\x7f"'],
    ['é€😀', '"é€😀"'],
    ['\ud800', '"\\ud800"'],
  ])('writes %j as %s', (text, expected) => {
    const out = new JsonWriter();
    out.string(text);
    expect(out.take(0)).toBe(expected);
  });

  it('does not affect later output when a non-ASCII string was taken', () => {
    const out = new JsonWriter();
    for (const text of ['é', 'e', '\xff', 'e']) {
      out.string(text);
      expect(out.take(0)).toBe(JSON.stringify(text));
    }
  });
});

it.each([
  [undefined, 'null'],
  [NaN, 'null'],
  [-0, '0'],
  [0.5, '0.5'],
  [2 ** 31 - 1, '2147483647'],
  [2 ** 31, '2147483648'],
  [2 ** 53 - 1, '9007199254740991'],
  [1e21, '1e+21'],
  [[1, { a: 'é' }], '[1,{"a":"é"}]'],
])('the value %j is %s', (value, expected) => {
  const out = new JsonWriter();
  out.value(value);
  expect(out.take(0)).toBe(expected);
});
