import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonWriter } from '../../src/fast-path/json/json-writer.js';
import {
  type LazyRecordList,
  type ScannedList,
  ShapeCache,
  scanList,
  type WriteMember,
} from '../../src/fast-path/json/lazy-record-list.js';
import { OffsetArena } from '../../src/fast-path/json/offset-arena.js';
import { bodies, Members, NAMES, records, written } from './arbitraries.js';

/** Decodes all members of a scanned list. */
function decoded(found: ScannedList | null): unknown {
  if (found === null) return null;
  const { records, meta } = found;
  return { meta, records: records && each(records, (record) => recordOf(records, record)) };
}

function recordOf(list: LazyRecordList, record: number): unknown {
  return [list.isObject(record), ...NAMES.map((_, member) => list.value(record, member))];
}

function each<T>({ length }: LazyRecordList, of: (record: number) => T): T[] {
  return Array.from({ length }, (_, record) => of(record));
}

/** Returns the same structure from `JSON.parse`. */
function expectedFromParse(body: Buffer): unknown {
  let root: unknown;
  try {
    root = JSON.parse(body.toString());
  } catch {
    return null;
  }
  if (!isObject(root)) return null;
  const { list, meta } = root;
  const row = (record: unknown) =>
    isObject(record) ? [true, ...NAMES.map((name) => record[name])] : [false, ...NAMES.map(() => undefined)];
  return { meta, records: Array.isArray(list) ? list.map(row) : null };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Creates a cache that has learned the shapes of these bodies, so that later scans use generated scanners. */
function tableFor(...bodies: readonly Buffer[]): ShapeCache {
  const table = new ShapeCache(
    { members: NAMES.map((name, index) => ({ name, index, nested: null })), size: NAMES.length },
    new OffsetArena(),
  );
  for (const body of bodies) for (let time = 0; time < 2; time += 1) scanList(body, 'list', table);
  return table;
}

const scan = (body: Buffer, table = tableFor()) => scanList(body, 'list', table);

function scannedRecords(json: string): LazyRecordList {
  const records = scan(Buffer.from(json))?.records;
  if (records == null) throw new Error(`${json} has no list`);
  return records;
}

describe('scanList', () => {
  it('returns the same values as JSON.parse, for any formatting', () => {
    fc.assert(
      fc.property(bodies, (text) => {
        const root: unknown = JSON.parse(text);
        for (const json of [text, JSON.stringify(root), JSON.stringify(root, null, 2)]) {
          const body = Buffer.from(json);
          const expected = expectedFromParse(body);
          expect(decoded(scan(body))).toEqual(expected);
          expect(decoded(scan(body, tableFor(body)))).toEqual(expected);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('returns the same values whatever shapes it has learned', () => {
    fc.assert(
      fc.property(fc.array(bodies, { minLength: 2, maxLength: 4 }), (texts) => {
        const table = tableFor();
        const bodies = texts.map((text) => Buffer.from(text));
        expect(bodies.map((body) => decoded(scan(body, table)))).toEqual(bodies.map(expectedFromParse));
      }),
    );
  });

  it('returns records that a later scan does not change', () => {
    const body = Buffer.from('{"list":[{"a":1,"sid":"x"},7]}');
    const first = scan(body);
    scannedRecords('{"list":[5,{"start":"another place"}]}');
    expect(decoded(first)).toEqual(expectedFromParse(body));
  });

  it.each([
    ['in any order', '{"start":1,"a":2,"imei":3}', [2, undefined, undefined, 3, 1]],
    ['that are duplicated, of which the last one counts', '{"sid":"x","a":1,"sid":5}', [1, undefined, 5]],
    ['that are duplicated in sequence', '{"a":"é","a":"e"}', ['e']],
    ['with an escaped name', '{"\\u0073id":"x","i\\u0064":1}', [undefined, 1, 'x']],
    ['that are null', '{"a":null}', [null]],
    ['after other members', '{"x":[{"sid":0}],"sid":1,"é":2,"id":3}', [undefined, 3, 1]],
    ['after white space', '{ "a" :\t1\r\n,\n"id": 2 }', [1, 2]],
  ])('reads members %s', (_what, record, expected) => {
    const list = scannedRecords(`{"list":[${record}]}`);
    const all = NAMES.map((_, member) => expected[member]);
    expect(recordOf(list, 0)).toEqual([true, ...all]);
  });

  it('accepts a list without records, and a body without a list', () => {
    expect(scannedRecords('{"list":[]}')).toHaveLength(0);
    expect(scannedRecords('{"list":[ ]}')).toHaveLength(0);
    expect(decoded(scan(Buffer.from('{"list":[{}],"meta":{}}')))).toEqual({
      meta: {},
      records: [[true, ...NAMES.map(() => undefined)]],
    });
    for (const list of ['{}', 'null', '"[]"', '0']) {
      expect(decoded(scan(Buffer.from(`{"list":${list},"meta":1}`)))).toEqual({ meta: 1, records: null });
    }
    for (const body of ['{}', ' { } ']) {
      expect(decoded(scan(Buffer.from(body)))).toEqual({ meta: undefined, records: null });
    }
  });

  it('returns the last one of duplicate lists', () => {
    expect(scannedRecords('{"list":5,"list":[1,2]}')).toHaveLength(2);
    expect(scannedRecords('{"list":[1],"l\\u0069st":[1,2]}')).toHaveLength(2);
    expect(scan(Buffer.from('{"list":[1],"list":5}'))?.records).toBeNull();
  });

  it('accepts more than a thousand records', () => {
    const list = Array.from({ length: 3000 }, (_, at) => ({ start: at, sid: `é${at}`, a: at % 7 === 0 }));
    const body = Buffer.from(JSON.stringify({ list: [...list, 'the last'], meta: { key: 'list' } }));
    expect(decoded(scan(body))).toEqual(expectedFromParse(body));
  });

  it('accepts a slice of a larger buffer', () => {
    const json = '{"list":[{"sid":"x","a":7}]}';
    const body = Buffer.from(`"}]${json}]}"`).subarray(3, 3 + json.length);
    expect(decoded(scan(body))).toEqual(expectedFromParse(body));
    // The bytes after the slice do not belong to it: neither the digit nor the closing brackets.
    const number = Buffer.from('{"list":[{"a":75}]}');
    expect(scan(number.subarray(0, 15))).toBeNull();
    expect(scan(number.subarray(0, number.length - 1))).toBeNull();
  });
});

/** Bytes with a meaning in JSON, and some without. */
const SHARP = [
  ...Buffer.from('{}[]:,"\\/ \n\r\t\0\x1f\x7f0159-+.eEuUabfgG@`nrtls'),
  0x80,
  0xbf,
  0xc3,
  0xe2,
  0xed,
  0xef,
  0xf0,
  0xff,
];

/** White space between tokens. */
const MARKS = [...Buffer.from('{}[]:,')];

/** Valid bodies with all kinds of values. */
const VALID = [
  '{"list":[{"x":1,"sid":"ab\\n"},{"x":-1.5e+3,"sid":0,"a":"\\u00e9é"}, 7,{}],"meta":{"k":[]}}',
  '{"list":[{"a":1,"id":"2","sid":true},{"a":12,"id":"34567890","sid":false}],"meta":"12345"}',
  '{"a":{"b":[[],{}]},"meta":1,"meta":"\\"","list":[{"start":{"a":[0,null]},"imei":[1, 2]}]}',
  '{"list":[{"sid":"DE0123456789","a":{"lat":-12.5,"x":"ab"},"x":"12345678","id":{"k":{"x":[1]}}}],"x":0}',
  ' { "list" : [ { "sid" : "😀" , "x" : { } } , [ ] ] } ',
];

/** All bodies that differ in one byte: removed, replaced or inserted. */
function* everyDamage(sound: Buffer): Generator<Buffer> {
  for (let at = 0; at <= sound.length; at += 1) {
    const [front, behind] = [sound.subarray(0, at), sound.subarray(at + 1)];
    yield Buffer.concat([front, behind]);
    for (const byte of SHARP) {
      yield Buffer.concat([front, Buffer.from([byte]), behind]);
      yield Buffer.concat([front, Buffer.from([byte]), sound.subarray(at)]);
    }
  }
}

/** Damaged bodies for which the scan and `JSON.parse` have different results. */
function mistaken(sound: Buffer, damaged: Iterable<Buffer>): string[] {
  return Array.from(damaged)
    .filter((body) => {
      const expected = expectedFromParse(body);
      const tables = [tableFor(), tableFor(sound)];
      return !tables.every((table) => isDeepStrictEqual(decoded(scan(body, table)), expected));
    })
    .map((body) => body.toString('latin1'));
}

describe('scanList with invalid input', () => {
  it.each(VALID)(
    'returns null exactly when JSON.parse fails, for each mutation of a single byte: %s',
    (json) => {
      const sound = Buffer.from(json);
      expect(expectedFromParse(sound)).not.toBeNull();
      expect(mistaken(sound, everyDamage(sound))).toEqual([]);
    },
  );

  it.each(VALID)('returns null for a truncated body: %s', (json) => {
    const sound = Buffer.from(json.trimEnd());
    for (let length = 0; length < sound.length; length += 1) {
      // The rest of the body follows in memory.
      expect(scan(sound.subarray(0, length), tableFor(sound))).toBeNull();
      expect(scan(Buffer.from(sound.subarray(0, length)))).toBeNull();
    }
  });

  it('returns null exactly when JSON.parse fails, for arbitrary damage', () => {
    const byte = fc.oneof(fc.constantFrom(...SHARP), fc.nat(255));
    const edit = fc.record({
      pick: fc.nat(),
      isAtMark: fc.boolean(),
      cut: fc.nat(2),
      put: fc.array(byte, { maxLength: 2 }),
      isCutShort: fc.boolean(),
    });
    fc.assert(
      fc.property(bodies, edit, (text, { pick, isAtMark, cut, put, isCutShort }) => {
        const sound = Buffer.from(text);
        const places = [...sound.keys()].filter((at) => !isAtMark || MARKS.includes(sound[at] ?? 0));
        const place = places[pick % places.length] ?? 0;
        const rest = isCutShort ? Buffer.alloc(0) : sound.subarray(place + cut);
        const damaged = Buffer.concat([sound.subarray(0, place), Buffer.from(put), rest]);
        expect(mistaken(sound, [damaged])).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('returns null for a record in place of the next member', () => {
    // The learned shape of the valid body: the SID follows a member that is not recorded.
    const sound = Buffer.from('{"list":[{"x":1,"sid":2}]}');
    expect(scan(Buffer.from('{"list":[{"x":1{"sid":2}]}'), tableFor(sound))).toBeNull();
  });

  it.each(['', ' ', '[]', '[{"list":[]}]', '"{}"', 'null', '5', '{}{}', '{},', '{"list":[]}x', '\0{}'])(
    'returns null for %j',
    (body) => {
      expect(scan(Buffer.from(body))).toBeNull();
    },
  );

  it('returns null for a byte order mark', () => {
    const body = Buffer.from('\ufeff{"list":[]}');
    expect(body).toHaveLength(14);
    expect(scan(body)).toBeNull();
  });

  it('returns null for more than a hundred levels', () => {
    const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`;
    for (const nested of [lists, objects]) {
      for (const around of ['"meta":?', '"x":?', '"list":[?]', '"list":[{"a":?}]', '"list":[{"x":?}]']) {
        const body = (depth: number) => Buffer.from(`{${around.replace('?', nested(depth))}}`);
        expect(decoded(scan(body(99)))).toEqual(expectedFromParse(body(99)));
        expect(scan(body(102))).toBeNull();
      }
    }
    expect(scan(Buffer.from(`{"list":[{"a":${lists(100)}}]}`))).not.toBeNull();
    expect(scan(Buffer.from(`{"list":[{"a":${lists(101)}}]}`))).toBeNull();
  });
});

/** Writes the raw bytes of a member of the first record; `null` if they must be decoded. */
function copied(list: LazyRecordList, member: number): string | null {
  const out = new JsonWriter();
  const copy: WriteMember = (json, from, to, writer) => {
    writer.copy(json, from, to);
    return true;
  };
  const isWritten = list.write(0, member, copy, out);
  expect(isWritten).toBe(out.length > 0);
  return isWritten ? out.take(0) : null;
}

/** Passes the raw bytes of a member of the first record to the writer; `null` if they are not ASCII. */
function peeked(list: LazyRecordList, member: number): string | null {
  return list.peekAscii(0, member, ({ buffer, byteOffset }, from, to) =>
    Buffer.from(buffer, byteOffset + from, to - from).toString(),
  );
}

describe('LazyRecordList', () => {
  const listOf = (record: Members) => {
    const document = new Members([['list', [record]]]);
    return scannedRecords(written(document, { spaces: [' '], escapes: [] }));
  };

  it('copies raw bytes only if they equal JSON.stringify(value)', () => {
    fc.assert(
      fc.property(records, (record) => {
        const list = listOf(record);
        for (const member of NAMES.keys()) {
          const text = copied(list, member);
          if (text !== null) expect(text).toBe(JSON.stringify(list.value(0, member)));
        }
      }),
    );
  });

  it('gives access to the raw bytes of ASCII strings without escapes only', () => {
    fc.assert(
      fc.property(records, (record) => {
        const list = listOf(record);
        for (const member of NAMES.keys()) {
          const value = list.value(0, member);
          const isUnescapedAscii =
            /^"\p{ASCII}*"$/u.test(JSON.stringify(value)) && JSON.stringify(value) === `"${value}"`;
          expect(peeked(list, member)).toBe(isUnescapedAscii ? value : null);
        }
      }),
    );
  });

  it('decodes a member whose raw writer rejects it', () => {
    const list = scannedRecords('{"list":[{"a":1}]}');
    expect(list.write(0, 0, () => false, new JsonWriter())).toBe(false);
  });

  it.each([
    '"WN1"',
    '""',
    '"a longer text, with a \x7f"',
    '0',
    '7',
    '999999999999999',
    'null',
    'true',
    'false',
  ])('copies the raw bytes of %s', (json) => {
    const list = scannedRecords(`{"list":[{"sid":${json}}]}`);
    expect(copied(list, NAMES.indexOf('sid'))).toBe(json);
  });

  it.each(['-0', '1.0', '1e3', '89014103211118510720', '"\\u0041"', '"\\/"', '"é"', '[1]', '{"a":1}'])(
    'does not copy the raw bytes of %s',
    (json) => {
      const list = scannedRecords(`{"list":[{"sid":${json}}]}`);
      expect(copied(list, NAMES.indexOf('sid'))).toBeNull();
    },
  );

  it('neither copies nor reads a missing member', () => {
    for (const record of ['{}', '{"a":"1"}', '"sid"', '["sid"]']) {
      const list = scannedRecords(`{"list":[${record}]}`);
      expect(copied(list, NAMES.indexOf('sid'))).toBeNull();
      expect(list.peekAscii(0, NAMES.indexOf('sid'), () => true)).toBeNull();
    }
  });
});
