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

/** All that a scan tells. */
function told(found: ScannedList | null): unknown {
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

/** The same, from what `JSON.parse` makes of the body. */
function parsed(body: Buffer): unknown {
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

/** A table remembers what it has met twice: in what is read after this it finds things another way. */
function tableFor(...bodies: readonly Buffer[]): ShapeCache {
  const table = new ShapeCache(NAMES, new OffsetArena());
  for (const body of bodies) for (let time = 0; time < 2; time += 1) scanList(body, 'list', table);
  return table;
}

const scan = (body: Buffer, table = tableFor()) => scanList(body, 'list', table);

function scannedRecords(json: string): LazyRecordList {
  const records = scan(Buffer.from(json))?.records;
  if (records == null) throw new Error(`${json} has no list`);
  return records;
}

describe('an answer that is scanned', () => {
  it('has the same in it as when it is parsed, however it is written', () => {
    fc.assert(
      fc.property(bodies, (text) => {
        const root: unknown = JSON.parse(text);
        for (const json of [text, JSON.stringify(root), JSON.stringify(root, null, 2)]) {
          const body = Buffer.from(json);
          const expected = parsed(body);
          expect(told(scan(body))).toEqual(expected);
          expect(told(scan(body, tableFor(body)))).toEqual(expected);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('has the same in it whatever has been read with its table before', () => {
    fc.assert(
      fc.property(fc.array(bodies, { minLength: 2, maxLength: 4 }), (texts) => {
        const table = tableFor();
        const bodies = texts.map((text) => Buffer.from(text));
        expect(bodies.map((body) => told(scan(body, table)))).toEqual(bodies.map(parsed));
      }),
    );
  });

  it('keeps its records when another one is read after it', () => {
    const body = Buffer.from('{"list":[{"a":1,"sid":"x"},7]}');
    const first = scan(body);
    scannedRecords('{"list":[5,{"start":"another place"}]}');
    expect(told(first)).toEqual(parsed(body));
  });

  it.each([
    ['in any order', '{"start":1,"a":2,"imei":3}', [2, undefined, undefined, 3, 1]],
    ['that come twice, of which the last counts', '{"sid":"x","a":1,"sid":5}', [1, undefined, 5]],
    ['that come twice in a row', '{"a":"é","a":"e"}', ['e']],
    ['with an escaped name', '{"\\u0073id":"x","i\\u0064":1}', [undefined, 1, 'x']],
    ['that are null', '{"a":null}', [null]],
    ['behind others', '{"x":[{"sid":0}],"sid":1,"é":2,"id":3}', [undefined, 3, 1]],
    ['behind white space', '{ "a" :\t1\r\n,\n"id": 2 }', [1, 2]],
  ])('has members %s', (_what, record, expected) => {
    const list = scannedRecords(`{"list":[${record}]}`);
    const all = NAMES.map((_, member) => expected[member]);
    expect(recordOf(list, 0)).toEqual([true, ...all]);
  });

  it('may have no records, no list, or nothing at all', () => {
    expect(scannedRecords('{"list":[]}')).toHaveLength(0);
    expect(scannedRecords('{"list":[ ]}')).toHaveLength(0);
    expect(told(scan(Buffer.from('{"list":[{}],"meta":{}}')))).toEqual({
      meta: {},
      records: [[true, ...NAMES.map(() => undefined)]],
    });
    for (const list of ['{}', 'null', '"[]"', '0']) {
      expect(told(scan(Buffer.from(`{"list":${list},"meta":1}`)))).toEqual({ meta: 1, records: null });
    }
    for (const body of ['{}', ' { } ']) {
      expect(told(scan(Buffer.from(body)))).toEqual({ meta: undefined, records: null });
    }
  });

  it('has its last list', () => {
    expect(scannedRecords('{"list":5,"list":[1,2]}')).toHaveLength(2);
    expect(scannedRecords('{"list":[1],"l\\u0069st":[1,2]}')).toHaveLength(2);
    expect(scan(Buffer.from('{"list":[1],"list":5}'))?.records).toBeNull();
  });

  it('may have a thousand records and more', () => {
    const list = Array.from({ length: 3000 }, (_, at) => ({ start: at, sid: `é${at}`, a: at % 7 === 0 }));
    const body = Buffer.from(JSON.stringify({ list: [...list, 'the last'], meta: { key: 'list' } }));
    expect(told(scan(body))).toEqual(parsed(body));
  });

  it('may be part of a larger buffer', () => {
    const json = '{"list":[{"sid":"x","a":7}]}';
    const body = Buffer.from(`"}]${json}]}"`).subarray(3, 3 + json.length);
    expect(told(scan(body))).toEqual(parsed(body));
    // What stands behind it is no part of it: neither the digit, nor what would make it whole.
    const number = Buffer.from('{"list":[{"a":75}]}');
    expect(scan(number.subarray(0, 15))).toBeNull();
    expect(scan(number.subarray(0, number.length - 1))).toBeNull();
  });
});

/** Bytes that mean something somewhere, and some that mean nothing anywhere. */
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

/** Between the tokens of JSON. */
const MARKS = [...Buffer.from('{}[]:,')];

/** Sound, and with something of everything. */
const SOUND = [
  '{"list":[{"x":1,"sid":"ab\\n"},{"x":-1.5e+3,"sid":0,"a":"\\u00e9é"}, 7,{}],"meta":{"k":[]}}',
  '{"list":[{"a":1,"id":"2","sid":true},{"a":12,"id":"34567890","sid":false}],"meta":"12345"}',
  '{"a":{"b":[[],{}]},"meta":1,"meta":"\\"","list":[{"start":{"a":[0,null]},"imei":[1, 2]}]}',
  '{"list":[{"sid":"DE0123456789","a":{"lat":-12.5,"x":"ab"},"x":"12345678","id":{"k":{"x":[1]}}}],"x":0}',
  ' { "list" : [ { "sid" : "😀" , "x" : { } } , [ ] ] } ',
];

/** Every answer that differs in one byte from this one: by one that is missing, another, or one more. */
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

/** Damaged answers that are taken for something else than `JSON.parse` takes them for. */
function mistaken(sound: Buffer, damaged: Iterable<Buffer>): string[] {
  return Array.from(damaged)
    .filter((body) => {
      const expected = parsed(body);
      const tables = [tableFor(), tableFor(sound)];
      return !tables.every((table) => isDeepStrictEqual(told(scan(body, table)), expected));
    })
    .map((body) => body.toString('latin1'));
}

describe('an answer is refused that', () => {
  it.each(SOUND)('has one byte wrong, unless it is JSON still: %s', (json) => {
    const sound = Buffer.from(json);
    expect(parsed(sound)).not.toBeNull();
    expect(mistaken(sound, everyDamage(sound))).toEqual([]);
  });

  it.each(SOUND)('lacks its end: %s', (json) => {
    const sound = Buffer.from(json.trimEnd());
    for (let length = 0; length < sound.length; length += 1) {
      // The rest stands behind it in memory.
      expect(scan(sound.subarray(0, length), tableFor(sound))).toBeNull();
      expect(scan(Buffer.from(sound.subarray(0, length)))).toBeNull();
    }
  });

  it('is damaged anywhere, unless it is JSON of an object still', () => {
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

  it('has a record that begins where the next member of another one has to', () => {
    // Known from the sound one: behind a member that is not wanted, the SID comes first.
    const sound = Buffer.from('{"list":[{"x":1,"sid":2}]}');
    expect(scan(Buffer.from('{"list":[{"x":1{"sid":2}]}'), tableFor(sound))).toBeNull();
  });

  it.each(['', ' ', '[]', '[{"list":[]}]', '"{}"', 'null', '5', '{}{}', '{},', '{"list":[]}x', '\0{}'])(
    'is no object: %j',
    (body) => {
      expect(scan(Buffer.from(body))).toBeNull();
    },
  );

  it('has a byte order mark in front', () => {
    const body = Buffer.from('\ufeff{"list":[]}');
    expect(body).toHaveLength(14);
    expect(scan(body)).toBeNull();
  });

  it('goes more than a hundred levels deep', () => {
    const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`;
    for (const nested of [lists, objects]) {
      for (const around of ['"meta":?', '"x":?', '"list":[?]', '"list":[{"a":?}]', '"list":[{"x":?}]']) {
        const body = (depth: number) => Buffer.from(`{${around.replace('?', nested(depth))}}`);
        expect(told(scan(body(99)))).toEqual(parsed(body(99)));
        expect(scan(body(102))).toBeNull();
      }
    }
    expect(scan(Buffer.from(`{"list":[{"a":${lists(100)}}]}`))).not.toBeNull();
    expect(scan(Buffer.from(`{"list":[{"a":${lists(101)}}]}`))).toBeNull();
  });
});

/** How a member of a list's first record is written where it stands; `null` where it is not. */
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

/** The same, looked at. */
function seen(list: LazyRecordList, member: number): string | null {
  return list.peekAscii(0, member, ({ buffer, byteOffset }, from, to) =>
    Buffer.from(buffer, byteOffset + from, to - from).toString(),
  );
}

describe('a member of a record', () => {
  const listOf = (record: Members) => {
    const document = new Members([['list', [record]]]);
    return scannedRecords(written(document, { spaces: [' '], escapes: [] }));
  };

  it('is only written where it stands if it would be written so again', () => {
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

  it('is only looked at if it is a text of ASCII without escapes', () => {
    fc.assert(
      fc.property(records, (record) => {
        const list = listOf(record);
        for (const member of NAMES.keys()) {
          const value = list.value(0, member);
          const isPlain =
            /^"\p{ASCII}*"$/u.test(JSON.stringify(value)) && JSON.stringify(value) === `"${value}"`;
          expect(seen(list, member)).toBe(isPlain ? value : null);
        }
      }),
    );
  });

  it('is refused by what writes it', () => {
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
  ])('that is %s is written as it stands', (json) => {
    const list = scannedRecords(`{"list":[{"sid":${json}}]}`);
    expect(copied(list, NAMES.indexOf('sid'))).toBe(json);
  });

  it.each(['-0', '1.0', '1e3', '89014103211118510720', '"\\u0041"', '"\\/"', '"é"', '[1]', '{"a":1}'])(
    'that is %s is not',
    (json) => {
      const list = scannedRecords(`{"list":[{"sid":${json}}]}`);
      expect(copied(list, NAMES.indexOf('sid'))).toBeNull();
    },
  );

  it('that is missing is neither written nor looked at', () => {
    for (const record of ['{}', '{"a":"1"}', '"sid"', '["sid"]']) {
      const list = scannedRecords(`{"list":[${record}]}`);
      expect(copied(list, NAMES.indexOf('sid'))).toBeNull();
      expect(list.peekAscii(0, NAMES.indexOf('sid'), () => true)).toBeNull();
    }
  });
});
