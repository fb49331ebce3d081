import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonWriter } from '../../src/fast-path/json/json-writer.js';
import { viewOf } from '../../src/fast-path/json/view.js';
import { CursorCodec, CursorError } from '../../src/pagination/cursor/codec.js';
import { fingerprint, fingerprintBytes } from '../../src/pagination/cursor/fingerprint.js';
import { CursorSigner } from '../../src/pagination/cursor/signer.js';
import { CursorExpiredError } from '../../src/pagination/errors.js';
import type { CursorPosition, PageLocation } from '../../src/pagination/position.js';
import { LoadedPage, positionOf } from '../../src/pagination/walk/loaded-page.js';
import { ask } from './client.js';
import { UpstreamList } from './upstream-list.js';

const key = Buffer.from('a key of the test');
const signerWith = (...keys: Uint8Array[]) => new CursorSigner({ account: 'AC1', keys });
const codec = new CursorCodec(signerWith(key), 'DE1');

/** Strings of any alphabet, lone surrogates included: an opaque page token can have any of them. */
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
const ref = fc.record(
  {
    size: fc.integer({ min: 1, max: 1000 }),
    page: fc.option(anyText),
    token: fc.option(anyText),
    others: anyText,
  },
  { requiredKeys: ['size', 'page', 'token'] },
);
const location: fc.Arbitrary<PageLocation> = fc.record({
  ref,
  offset: fc.oneof(fc.integer(), fc.nat(30_000)),
  anchor: fc.integer({ min: 0, max: 0xffff_ffff }),
  cycle: fc.record({ steps: fc.nat(), marked: count }),
  precedingDuplicates: fc.nat(30_000),
});
const previousRecord = fc.record({
  location,
  key: fc.record({ index: fc.nat(999), fingerprint: count, precedingDuplicates: fc.nat(999) }),
});
const position: fc.Arbitrary<CursorPosition> = fc.record({
  previousRecord: fc.option(previousRecord),
  nextPage: fc.option(location),
  previousPage: fc.option(ref),
});

describe('CursorCodec', () => {
  test('decodes a cursor to the position that was encoded', () => {
    fc.assert(
      fc.property(position, (point) => {
        expect(codec.decode(codec.ofPosition(point))).toEqual(point);
      }),
      { numRuns: 1000 },
    );
  });

  test('decodes cursors of any instance that has the same key', () => {
    fc.assert(
      fc.property(position, (point) => {
        expect(new CursorCodec(signerWith(Buffer.from(key)), 'DE1').decode(codec.ofPosition(point))).toEqual(
          point,
        );
      }),
    );
  });

  test('returns the same cursor whatever the signer has memoized, for this list or another one', () => {
    const signatures = fc
      .array(position, { minLength: 1, maxLength: 3 })
      .chain((places) =>
        fc.array(fc.tuple(fc.constantFrom('DE1', 'DE2', ''), fc.constantFrom(...places)), { maxLength: 20 }),
      );
    fc.assert(
      fc.property(signatures, (signatures) => {
        const signer = signerWith(key);
        for (const [list, point] of signatures) {
          const alone = new CursorCodec(signerWith(key), list);
          expect(new CursorCodec(signer, list).ofPosition(point)).toBe(alone.ofPosition(point));
        }
      }),
    );
  });

  test.each([
    [
      'on the first page',
      'w5.UflKHaMqrrBrpC_YKgVFS7yAW1s1MCw3XSxbNTAsIjEiLCJQQSsvPSIsNTAsNywxLDldXQ.AAAAAAAAAFTEadg49',
      {
        previousRecord: { location: { ref: { size: 50, token: null } } },
        nextPage: { ref: { size: 50, page: '1', token: 'PA+/=' } },
      },
    ],
    [
      'on a later page',
      'w5.UfkMPlkafPTkNApgFhmDQFPnW1s1MCwiMSIsIlBBKy89Iiw1MCw3LDEsOSwyXSxbNTAsIjEiLCJQQiIsNTAsNywxLDldLFs1MCwiMCIsIlBDIl1d.AAAAAAAAAFlYD8g49_1',
      {
        previousRecord: { location: { precedingDuplicates: 2 } },
        nextPage: { ref: { token: 'PB' } },
        previousPage: { size: 50, page: '0', token: 'PC' },
      },
    ],
    [
      'without a record',
      'w5.UflpB2_MLKB7XLl8j9WNwd2NW251bGwsWzUwLCIxIiwiUEEiLDUwLDcsMSw5XV0.',
      { previousRecord: null, nextPage: { ref: { token: 'PA' } } },
    ],
  ])(
    'decodes and encodes a position %s as before cursors could have other parameters',
    (_, cursor, point) => {
      const read = codec.decode(cursor);
      expect(read).toMatchObject(point);
      expect(codec.ofPosition(read)).toBe(cursor);
    },
  );

  test('encodes each decoded cursor to the same string', () => {
    fc.assert(
      fc.property(position, (point) => {
        const cursor = codec.ofPosition(point);
        expect(codec.ofPosition(codec.decode(cursor))).toBe(cursor);
      }),
    );
  });

  test('returns cursors that need no escaping in a URL or in JSON', () => {
    fc.assert(
      fc.property(position, (point) => {
        expect(codec.ofPosition(point)).toMatch(/^[\w.-]+$/);
      }),
    );
  });

  test('returns cursors of at most 73 characters on the first page, where most of them are', () => {
    const list = new UpstreamList(Array.from({ length: 2000 }, (_, at) => `record ${at}`));
    for (const cursor of ask(list, { first: 1000 }).cursors().slice(0, -1))
      expect(cursor.length).toBeLessThanOrEqual(73);
  });

  test('returns a different cursor for each of 1,000 duplicates', () => {
    const list = new UpstreamList(Array.from({ length: 1000 }, () => 'alike'));
    expect(new Set(ask(list, { first: 1000 }).cursors()).size).toBe(1000);
  });

  test('puts numbers and page tokens into a cursor, and no URL, host, path, list key or secret', () => {
    const tokens = { page: '1', token: 'PADExyz==' };
    const location = {
      ref: { size: 50, ...tokens },
      offset: 50,
      anchor: 7,
      cycle: { steps: 1, marked: 9 },
      precedingDuplicates: 0,
    };
    const cursor = codec.ofPosition({
      previousRecord: { location, key: { index: 49, fingerprint: 5, precedingDuplicates: 0 } },
      nextPage: location,
      previousPage: location.ref,
    });
    const signed = Buffer.from(cursor.split('.')[1] ?? '', 'base64url');
    const locationText = '[50,"1","PADExyz==",50,7,1,9]';
    expect(signed.subarray(18).toString()).toBe(`[${locationText},${locationText},[50,"1","PADExyz=="]]`);
    expect(signed.includes('DE1')).toBe(false);
    expect(signed.includes(key)).toBe(false);
  });
});

describe('CursorCodec.ofRecord', () => {
  /** Fingerprints of the records of a page: distinct ones, or many duplicates. A record is its own fingerprint here. */
  const fingerprints = fc.oneof(
    fc.array(count, { minLength: 1, maxLength: 20 }),
    fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
  );
  const page = fc
    .record({ location, fingerprints, next: fc.option(location), previous: fc.option(ref) })
    .map(({ location, fingerprints, next, previous }) => {
      const read = { records: fingerprints, next: null, previous };
      return new LoadedPage<number>(location, read, next, (record) => record);
    });
  const entry = (page: LoadedPage<number>, index: number) => ({
    record: page.records[index] ?? 0,
    page,
    index,
  });
  const fresh = () => new CursorCodec(signerWith(key), 'DE1');

  test('returns the cursor of the position after the record', () => {
    fc.assert(
      fc.property(page, (page) => {
        for (const index of page.records.keys()) {
          expect(fresh().ofRecord(entry(page, index))).toBe(codec.ofPosition(positionOf(entry(page, index))));
        }
      }),
    );
  });

  test('returns what writeRecord writes, for edges of several pages in any order', () => {
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

  test('returns what writeRecord has written when calls alternate', () => {
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

  test('distinguishes duplicates when cursors are written', () => {
    const location: PageLocation = {
      ref: { size: 50, page: null, token: null },
      offset: 0,
      anchor: 0,
      cycle: { steps: 0, marked: 0 },
      precedingDuplicates: 0,
    };
    const page = new LoadedPage<number>(
      location,
      { records: [7, 7, 7], next: null, previous: null },
      null,
      () => 2 ** 53 - 1,
    );
    const out = new JsonWriter();
    const cursors = [0, 1, 2].map((index) => {
      codec.writeRecord(entry(page, index), out);
      return out.take(0);
    });
    expect(cursors.map((cursor) => codec.decode(cursor).previousRecord?.key)).toEqual([
      { index: 0, fingerprint: 2 ** 53 - 1, precedingDuplicates: 0 },
      { index: 1, fingerprint: 2 ** 53 - 1, precedingDuplicates: 1 },
      { index: 2, fingerprint: 2 ** 53 - 1, precedingDuplicates: 2 },
    ]);
  });
});

describe('fingerprintBytes', () => {
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: 100 });

  test('returns the fingerprint of an ASCII string from its bytes', () => {
    fc.assert(
      fc.property(ascii, (text) => {
        expect(fingerprintBytes(viewOf(Buffer.from(text)), 0, text.length)).toBe(fingerprint(text));
      }),
      { numRuns: 500 },
    );
  });

  test('reads only the bytes of its range', () => {
    fc.assert(
      fc.property(ascii, ascii, ascii, (before, text, after) => {
        const bytes = viewOf(Buffer.from(before + text + after));
        expect(fingerprintBytes(bytes, before.length, before.length + text.length)).toBe(fingerprint(text));
      }),
    );
  });
});

describe('fingerprint', () => {
  test.each([
    ['decimal numbers', (number: number) => `record ${number}`],
    ['hexadecimal numbers', (number: number) => `WN${number.toString(16).padStart(32, '0')}`],
    ['wide characters', (number: number) => `запись ${number}`],
  ])('has no collision among similar strings, and few in its lower 32 bits: %s', (_name, text) => {
    const fingerprints = Array.from({ length: 100_000 }, (_, number) => fingerprint(text(number)));
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
    // One or two collisions are expected by chance.
    expect(new Set(fingerprints.map((whole) => whole >>> 0)).size).toBeGreaterThan(fingerprints.length - 15);
  });
});

describe('CursorCodec.decode', () => {
  const expectRejected = (text: string) => expect(() => codec.decode(text)).toThrow(CursorError);

  test('rejects a cursor with one changed character', () => {
    const character = fc.oneof(
      fc.constantFrom(...'abcxyzABCXYZ0123456789-_.+/= \0é'),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(position, fc.nat(), character, (point, pick, other) => {
        const cursor = codec.ofPosition(point);
        const at = pick % cursor.length;
        fc.pre(cursor[at] !== other);
        expectRejected(cursor.slice(0, at) + other + cursor.slice(at + 1));
      }),
      { numRuns: 3000 },
    );
  });

  test('rejects a part of a cursor, and a cursor with additional characters', () => {
    fc.assert(
      fc.property(position, fc.nat(), fc.string({ minLength: 1 }), (point, pick, more) => {
        const cursor = codec.ofPosition(point);
        expectRejected(cursor.slice(0, pick % cursor.length));
        expectRejected(cursor.slice(1 + (pick % (cursor.length - 1))));
        expectRejected(cursor + more);
        expectRejected(more + cursor);
      }),
      { numRuns: 500 },
    );
  });

  test('rejects a combination of two cursors', () => {
    fc.assert(
      fc.property(position, position, (left, right) => {
        const [, page] = codec.ofPosition(left).split('.');
        const [, otherPage, record] = codec.ofPosition(right).split('.');
        // A position without a record has an empty record part, which is valid with any page part.
        fc.pre(page !== otherPage && record !== '');
        expectRejected(`w5.${page}.${record}`);
      }),
      { numRuns: 500 },
    );
  });

  test('rejects a cursor of another list', () => {
    fc.assert(
      fc.property(position, fc.string(), (point, other) => {
        fc.pre(other !== 'DE1');
        expectRejected(new CursorCodec(signerWith(key), other).ofPosition(point));
      }),
    );
  });

  const anotherKey = fc.uint8Array().filter((other) => !key.equals(other));

  test('rejects a cursor of another account, whatever its key', () => {
    fc.assert(
      fc.property(position, fc.string(), fc.option(anotherKey), (point, account, other) => {
        fc.pre(account !== 'AC1');
        const signer = new CursorSigner({ account, keys: [other ?? Buffer.from('a key of its own')] });
        expectRejected(new CursorCodec(signer, 'DE1').ofPosition(point));
      }),
    );
  });

  test('accepts a cursor of each key, and signs with the first', () => {
    fc.assert(
      fc.property(position, anotherKey, (point, newer) => {
        const both = new CursorCodec(signerWith(newer, key), 'DE1');
        expect(both.decode(codec.ofPosition(point))).toEqual(point);
        expect(both.ofPosition(point)).toBe(new CursorCodec(signerWith(newer), 'DE1').ofPosition(point));
      }),
    );
  });

  test('says that a cursor is expired when its key is no longer in use', () => {
    const signer = signerWith(key);
    const rotated = new CursorCodec(signer, 'DE1');
    signer.replaceKeys({ account: 'AC1', keys: [Buffer.from('the next key')] });
    fc.assert(
      fc.property(position, (point) => {
        expect(() => rotated.decode(codec.ofPosition(point))).toThrow(CursorExpiredError);
      }),
    );
  });

  test('rejects a cursor as damaged when a character of its signed part is changed, also if its key is no longer in use', () => {
    const rotated = new CursorCodec(signerWith(Buffer.from('the next key')), 'DE1');
    fc.assert(
      fc.property(
        position,
        fc.nat(),
        fc.constantFrom(...'abcxyzABCXYZ0123456789-_'),
        (point, pick, other) => {
          const [version, page = '', record] = codec.ofPosition(point).split('.');
          const at = pick % page.length;
          fc.pre(page[at] !== other);
          const damaged = page.slice(0, at) + other + page.slice(at + 1);
          expect(() => rotated.decode(`${version}.${damaged}.${record}`)).toThrow(CursorError);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('rejects a cursor of another version with a message of its own', () => {
    const cursor = codec.ofPosition({ previousRecord: null, nextPage: null, previousPage: null });
    for (const version of ['w0', 'w4', 'w50']) {
      expect(() => codec.decode(cursor.replace('w5', version))).toThrow(/another version/);
    }
  });

  test.each([
    '',
    'w5',
    'w5.',
    'w5..',
    'w5...',
    '.',
    '..',
    'null',
    '[]',
    'w5.bnVsbA.',
    'YXJyYXljb25uZWN0aW9uOjE=',
  ])('rejects %j', (text) => expectRejected(text));

  test('rejects arbitrary strings', () => {
    const [text, alone] = [
      anyText.map((text) => [text]),
      fc.tuple(anyText, anyText).map((parts) => ['w5', ...parts]),
    ];
    fc.assert(
      fc.property(fc.oneof(text, alone), (parts) => {
        expectRejected(parts.join('.'));
      }),
      { numRuns: 2000 },
    );
  });
});
