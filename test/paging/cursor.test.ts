import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonWriter } from '../../src/fast-path/json/json-writer.js';
import { viewOf } from '../../src/fast-path/json/view.js';
import { CursorCodec, CursorError } from '../../src/pagination/cursor/codec.js';
import { fingerprint, fingerprintBytes } from '../../src/pagination/cursor/fingerprint.js';
import { CursorSigner } from '../../src/pagination/cursor/signer.js';
import type { CursorPosition, PageLocation } from '../../src/pagination/position.js';
import { LoadedPage, positionOf } from '../../src/pagination/walk/loaded-page.js';
import { ask } from './client.js';
import { UpstreamList } from './upstream-list.js';

const key = Buffer.from('a key of the test');
const codec = new CursorCodec(new CursorSigner(key), 'DE1');

/** Text of any alphabet, half surrogate pairs included: what an opaque token may be. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '"',
    '\\',
    "'",
    '\0',
    '.',
    '\u2028',
    '\ud800',
    '\udc00x',
    'PADE==+/',
    'https://example.com/x',
  ),
);
const count = fc.oneof(fc.nat(100), fc.maxSafeNat());
const ref = fc.record({
  size: fc.integer({ min: 1, max: 1000 }),
  page: fc.option(anyText),
  token: fc.option(anyText),
});
const hop: fc.Arbitrary<PageLocation> = fc.record({
  ref,
  offset: fc.oneof(fc.integer(), fc.nat(30_000)),
  anchor: fc.integer({ min: 0, max: 0xffff_ffff }),
  cycle: fc.record({ steps: fc.nat(), marked: count }),
  precedingDuplicates: fc.nat(30_000),
});
const previousRecord = fc.record({
  hop,
  record: fc.record({ index: fc.nat(999), fingerprint: count, precedingDuplicates: fc.nat(999) }),
});
const position: fc.Arbitrary<CursorPosition> = fc.record({
  previousRecord: fc.option(previousRecord),
  nextPage: fc.option(hop),
  previousPage: fc.option(ref),
});

describe('a cursor', () => {
  test('gives the place back that it was made of', () => {
    fc.assert(
      fc.property(position, (place) => {
        expect(codec.decode(codec.ofPosition(place))).toEqual(place);
      }),
      { numRuns: 1000 },
    );
  });

  test('is understood by every instance that has the key', () => {
    fc.assert(
      fc.property(position, (place) => {
        expect(
          new CursorCodec(new CursorSigner(Buffer.from(key)), 'DE1').decode(codec.ofPosition(place)),
        ).toEqual(place);
      }),
    );
  });

  test('is the same whatever has been sealed before it, of this list or another', () => {
    const seals = fc
      .array(position, { minLength: 1, maxLength: 3 })
      .chain((places) =>
        fc.array(fc.tuple(fc.constantFrom('DE1', 'DE2', ''), fc.constantFrom(...places)), { maxLength: 20 }),
      );
    fc.assert(
      fc.property(seals, (seals) => {
        const sealer = new CursorSigner(key);
        for (const [list, place] of seals) {
          const alone = new CursorCodec(new CursorSigner(key), list);
          expect(new CursorCodec(sealer, list).ofPosition(place)).toBe(alone.ofPosition(place));
        }
      }),
    );
  });

  test('has one spelling', () => {
    fc.assert(
      fc.property(position, (place) => {
        const cursor = codec.ofPosition(place);
        expect(codec.ofPosition(codec.decode(cursor))).toBe(cursor);
      }),
    );
  });

  test('needs no escaping in a URL or in JSON', () => {
    fc.assert(
      fc.property(position, (place) => {
        expect(codec.ofPosition(place)).toMatch(/^[\w.-]+$/);
      }),
    );
  });

  test('is short at the head of a list, where most of them are', () => {
    const list = new UpstreamList(Array.from({ length: 2000 }, (_, at) => `record ${at}`));
    for (const cursor of ask(list, { first: 1000 }).cursors().slice(0, -1))
      expect(cursor.length).toBeLessThanOrEqual(65);
  });

  test('differs from edge to edge', () => {
    const list = new UpstreamList(Array.from({ length: 1000 }, () => 'alike'));
    expect(new Set(ask(list, { first: 1000 }).cursors()).size).toBe(1000);
  });

  test('holds numbers and page tokens, and no URL, host, path, list or key', () => {
    const tokens = { page: '1', token: 'PADExyz==' };
    const hop = {
      ref: { size: 50, ...tokens },
      offset: 50,
      anchor: 7,
      cycle: { steps: 1, marked: 9 },
      precedingDuplicates: 0,
    };
    const cursor = codec.ofPosition({
      previousRecord: { hop, record: { index: 49, fingerprint: 5, precedingDuplicates: 0 } },
      nextPage: hop,
      previousPage: hop.ref,
    });
    const sealed = Buffer.from(cursor.split('.')[1] ?? '', 'base64url');
    const hopText = '[50,"1","PADExyz==",50,7,1,9]';
    expect(sealed.subarray(12).toString()).toBe(`[${hopText},${hopText},[50,"1","PADExyz=="]]`);
    expect(sealed.includes('DE1')).toBe(false);
    expect(sealed.includes(key)).toBe(false);
  });
});

describe("an edge's cursor", () => {
  /** Pages of records that are their own fingerprints: many of them alike, or none. */
  const prints = fc.oneof(
    fc.array(count, { minLength: 1, maxLength: 20 }),
    fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
  );
  const page = fc
    .record({ hop, prints, next: fc.option(hop), previous: fc.option(ref) })
    .map(({ hop, prints, next, previous }) => {
      const read = { records: prints, next: null, previous };
      return new LoadedPage<number>(hop, read, next, (record) => record);
    });
  const entry = (page: LoadedPage<number>, index: number) => ({
    record: page.records[index] ?? 0,
    page,
    index,
  });
  const fresh = () => new CursorCodec(new CursorSigner(key), 'DE1');

  test('is that of its place', () => {
    fc.assert(
      fc.property(page, (page) => {
        for (const index of page.records.keys()) {
          expect(fresh().ofRecord(entry(page, index))).toBe(codec.ofPosition(positionOf(entry(page, index))));
        }
      }),
    );
  });

  test('is written as it is made, in whichever order the edges of some pages come', () => {
    const out = new JsonWriter();
    const edges = fc.array(page, { minLength: 1, maxLength: 3 }).chain((pages) =>
      fc.array(
        fc.tuple(fc.constantFrom(...pages), fc.nat(), fc.boolean()).map(([page, pick, isLast]) => {
          const last = page.records.length - 1;
          return entry(page, isLast ? last : pick % (last + 1));
        }),
        { minLength: 1, maxLength: 20 },
      ),
    );
    fc.assert(
      fc.property(edges, (edges) => {
        const codec = fresh();
        for (const edge of edges) {
          codec.writeRecord(edge, out);
          expect(out.take(0)).toBe(fresh().ofRecord(edge));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is the same written and made, one after the other', () => {
    const out = new JsonWriter();
    fc.assert(
      fc.property(page, (page) => {
        const codec = fresh();
        for (const index of page.records.keys()) {
          codec.writeRecord(entry(page, index), out);
          expect(codec.ofRecord(entry(page, index))).toBe(out.take(0));
        }
      }),
    );
  });

  test('tells records apart that are alike, written too', () => {
    const hop: PageLocation = {
      ref: { size: 50, page: null, token: null },
      offset: 0,
      anchor: 0,
      cycle: { steps: 0, marked: 0 },
      precedingDuplicates: 0,
    };
    const page = new LoadedPage<number>(
      hop,
      { records: [7, 7, 7], next: null, previous: null },
      null,
      () => 2 ** 53 - 1,
    );
    const out = new JsonWriter();
    const cursors = [0, 1, 2].map((index) => {
      codec.writeRecord(entry(page, index), out);
      return out.take(0);
    });
    expect(cursors.map((cursor) => codec.decode(cursor).previousRecord?.record)).toEqual([
      { index: 0, fingerprint: 2 ** 53 - 1, precedingDuplicates: 0 },
      { index: 1, fingerprint: 2 ** 53 - 1, precedingDuplicates: 1 },
      { index: 2, fingerprint: 2 ** 53 - 1, precedingDuplicates: 2 },
    ]);
  });
});

describe('a fingerprint', () => {
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: 100 });

  test('is the same of a text of ASCII and of its bytes', () => {
    fc.assert(
      fc.property(ascii, (text) => {
        expect(fingerprintBytes(viewOf(Buffer.from(text)), 0, text.length)).toBe(fingerprint(text));
      }),
      { numRuns: 500 },
    );
  });

  test('is that of the bytes between two places, and of no others', () => {
    fc.assert(
      fc.property(ascii, ascii, ascii, (front, text, behind) => {
        const bytes = viewOf(Buffer.from(front + text + behind));
        expect(fingerprintBytes(bytes, front.length, front.length + text.length)).toBe(fingerprint(text));
      }),
    );
  });
});

describe('fingerprints of texts that differ little', () => {
  test.each([
    ['counted', (number: number) => `record ${number}`],
    ['in hexadecimal', (number: number) => `WN${number.toString(16).padStart(32, '0')}`],
    ['wide', (number: number) => `запись ${number}`],
  ])('do not meet, nor do their lower halves more often than by chance: %s', (_name, text) => {
    const prints = Array.from({ length: 100_000 }, (_, number) => fingerprint(text(number)));
    expect(new Set(prints).size).toBe(prints.length);
    // By chance one pair or two would.
    expect(new Set(prints.map((whole) => whole >>> 0)).size).toBeGreaterThan(prints.length - 15);
  });
});

describe('a text that is no cursor of this list', () => {
  const refused = (text: string) => expect(() => codec.decode(text)).toThrow(CursorError);

  test('is refused when one character of a cursor is another one', () => {
    const character = fc.oneof(
      fc.constantFrom(...'abcxyzABCXYZ0123456789-_.+/= \0é'),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(position, fc.nat(), character, (place, pick, other) => {
        const cursor = codec.ofPosition(place);
        const at = pick % cursor.length;
        fc.pre(cursor[at] !== other);
        refused(cursor.slice(0, at) + other + cursor.slice(at + 1));
      }),
      { numRuns: 3000 },
    );
  });

  test('is refused when it is part of a cursor, or a cursor and more', () => {
    fc.assert(
      fc.property(position, fc.nat(), fc.string({ minLength: 1 }), (place, pick, more) => {
        const cursor = codec.ofPosition(place);
        refused(cursor.slice(0, pick % cursor.length));
        refused(cursor.slice(1 + (pick % (cursor.length - 1))));
        refused(cursor + more);
        refused(more + cursor);
      }),
      { numRuns: 500 },
    );
  });

  test('is refused when two cursors are put together', () => {
    fc.assert(
      fc.property(position, position, (left, right) => {
        const [, page] = codec.ofPosition(left).split('.');
        const [, otherPage, record] = codec.ofPosition(right).split('.');
        // A place at no record has no part that belongs to one page alone.
        fc.pre(page !== otherPage && record !== '');
        refused(`w4.${page}.${record}`);
      }),
      { numRuns: 500 },
    );
  });

  test('is refused when it was made for another list', () => {
    fc.assert(
      fc.property(position, fc.string(), (place, other) => {
        fc.pre(other !== 'DE1');
        refused(new CursorCodec(new CursorSigner(key), other).ofPosition(place));
      }),
    );
  });

  test('is refused when it was made with another key', () => {
    fc.assert(
      fc.property(position, fc.uint8Array(), (place, other) => {
        fc.pre(!key.equals(other));
        refused(new CursorCodec(new CursorSigner(other), 'DE1').ofPosition(place));
      }),
    );
  });

  test('is refused, and told apart, when it is of another version', () => {
    const cursor = codec.ofPosition({ previousRecord: null, nextPage: null, previousPage: null });
    for (const version of ['w0', 'w3', 'w40']) {
      expect(() => codec.decode(cursor.replace('w4', version))).toThrow(/another version/);
    }
  });

  test.each([
    '',
    'w4',
    'w4.',
    'w4..',
    'w4...',
    '.',
    '..',
    'null',
    '[]',
    'w4.bnVsbA.',
    'YXJyYXljb25uZWN0aW9uOjE=',
  ])('is refused when it is %j', (text) => refused(text));

  test('is refused whatever it is', () => {
    const [text, alone] = [
      anyText.map((text) => [text]),
      fc.tuple(anyText, anyText).map((parts) => ['w4', ...parts]),
    ];
    fc.assert(
      fc.property(fc.oneof(text, alone), (parts) => {
        refused(parts.join('.'));
      }),
      { numRuns: 2000 },
    );
  });
});
