import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/connections/identity.js';
import { JsonWriter } from '../../src/fast-path/json/json-writer.js';
import { LazyDecoders } from '../../src/fast-path/json/lazy-list-decoder.js';
import { memberWriter } from '../../src/fast-path/json/lazy-object.js';
import { membersOf } from '../../src/fast-path/json/object-layout.js';
import { FINGERPRINT } from '../../src/resources/any-record.js';
import type { FieldDeclaration, Fields } from '../../src/resources/define.js';
import { MalformedMember } from '../../src/resources/member.js';
import { simUsageRecords } from '../../src/resources/usage-record.js';
import { referenceListDecoder } from '../../src/upstream/decode/list.js';
import { wireRecords } from '../conformance/arbitraries.js';

/*
 * Members of nested objects, which the lazy decoder finds without parsing the object, against the reference decoder.
 */

const context = { requestId: null, onUnknownEnumValue() {} };
const { resource } = simUsageRecords;

/** Fields of the object that has the decimal number `billed`. */
const DATA = membersOf((resource.fields.data as FieldDeclaration).codec) as Fields;

/** A decoded value as plain JSON, malformed members marked. */
function plain(value: unknown): unknown {
  if (value instanceof MalformedMember) return { malformed: value.expected };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = [];
  for (const name in value) {
    if (!LAZY.has(name)) entries.push([name, plain((value as Record<string, unknown>)[name])]);
  }
  return Object.fromEntries(entries);
}

/** Properties of lazy objects that are no members. */
const LAZY: ReadonlySet<string> = new Set(['list', 'row', 'first', 'context']);

const decoded = (decoder: ReturnType<typeof referenceListDecoder>, body: string) => {
  const records = decoder(Buffer.from(body))?.records;
  return records == null ? records : records(context).map(plain);
};

/** Fingerprints of the records of a body. */
const fingerprints = (decoder: ReturnType<typeof referenceListDecoder>, body: string) =>
  decoder(Buffer.from(body))?.records?.(context).map(fingerprintOf(resource));

const bodyOf = (records: readonly unknown[], space?: number) =>
  JSON.stringify({ usage_records: records, meta: {} }, null, space);

function expectSame(decoders: LazyDecoders, body: string): void {
  const [lazy, reference] = [decoders.list(simUsageRecords), referenceListDecoder(simUsageRecords)];
  expect(decoded(lazy, body)).toEqual(decoded(reference, body));
  expect(fingerprints(lazy, body)).toEqual(fingerprints(reference, body));
}

const USAGE = {
  period: { start: '2026-11-01T00:00:00Z', end: '2026-11-02T00:00:00Z' },
  data: {
    upload: 1,
    total: '2',
    units: 'by\\tes',
    billed: 0.35,
    home: { total: 3 },
    international_roaming: [{}],
  },
  commands: { total: 4 },
};

describe('nested members', () => {
  it('are decoded as by the reference decoder, for any values', () => {
    const decoders = new LazyDecoders();
    fc.assert(
      fc.property(
        fc.array(wireRecords(resource), { maxLength: 4 }),
        fc.constantFrom(0, 2),
        (records, space) => {
          // Twice, so that the second time the shapes are known.
          for (let run = 0; run < 2; run += 1) expectSame(decoders, bodyOf(records, space));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are decoded as by the reference decoder, whichever byte is damaged', () => {
    const decoders = new LazyDecoders();
    const body = bodyOf([USAGE, USAGE, USAGE]);
    for (let run = 0; run < 2; run += 1) expectSame(decoders, body);
    for (let at = 0; at < body.length; at += 1) {
      for (const byte of ['', '"', '{', '}', ',', ':', '0', ' ', '\\']) {
        expectSame(decoders, body.slice(0, at) + byte + body.slice(at + 1));
      }
    }
  });

  it.each([
    ['a name twice', '{"data":{"upload":1,"upload":2}}'],
    ['an object twice', '{"data":{"upload":1,"total":3},"data":{"upload":2}}'],
    ['an object, then another value', '{"data":{"upload":1},"data":7}'],
    ['another value, then an object', '{"data":7,"data":{"upload":1}}'],
    ['a name in escapes', '{"data":{"up\\u006coad":1,"units":"\\u0062"}}'],
    ['an object in escapes', '{"d\\u0061ta":{"upload":1}}'],
    ['an empty object with space in it', '{"data":{ \n }}'],
    ['members that are not declared', '{"data":{"x":{"upload":5},"upload":1,"y":[{"total":1}]}}'],
    ['an object in an object', '{"data":{"home":{"home":{"total":1},"total":2},"total":3}}'],
    ['null', '{"data":null,"period":{}}'],
    ['a list', '{"data":[{"upload":1}]}'],
  ])('are found as by the reference decoder in a record with %s', (_what, record) => {
    const decoders = new LazyDecoders();
    for (let run = 0; run < 3; run += 1) {
      expectSame(decoders, `{"usage_records":[${record},${record},${JSON.stringify(USAGE)}],"meta":{}}`);
    }
  });
});

describe('the fingerprint of a record that is identified by an instant', () => {
  const lazy = new LazyDecoders().list(simUsageRecords);
  const startsAt = (start: string) => `{"usage_records":[{"period":{"start":${start}}}],"meta":{}}`;

  it.each([
    '"2026-11-01T00:00:00Z"',
    '"2026-11-01T00:00:00.123Z"',
    '"2026-11-01T00:00:00.5Z"',
    '"2026-11-01T02:00:00+02:00"',
    '"2026-02-30T00:00:00Z"',
    '"2026-11-01T00:00:00\\u005a"',
    '""',
    'null',
    '7',
  ])('is that of the decoded record if it is %s', (start) => {
    const body = startsAt(start);
    expect(fingerprints(lazy, body)).toEqual(fingerprints(referenceListDecoder(simUsageRecords), body));
  });

  it.each(['"2026-11-01T00:00:00Z"', '"2026-11-01T00:00:00.123Z"'])(
    'is read without decoding %s',
    (start) => {
      const [record] = lazy(Buffer.from(startsAt(start)))?.records?.(context) ?? [];
      expect(record?.[FINGERPRINT]?.()).toEqual(expect.any(Number));
    },
  );
});

describe('a decimal number', () => {
  const decoders = new LazyDecoders();
  const write = memberWriter(DATA, 'billed');

  /** What is copied of a member with this JSON. */
  function copyOf(text: string) {
    const body = `{"usage_records":[{"data":{"billed":${text}}}],"meta":{}}`;
    const [record] = decoders.list(simUsageRecords)(Buffer.from(body))?.records?.(context) ?? [];
    const out = new JsonWriter();
    return { isCopied: write?.(record?.data, out), json: out.take(0) };
  }

  it('is only copied if it prints as it is written', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
      fc.tuple(fc.nat(99_999), fc.nat(999_999)).map(([whole, part]) => `${whole}.${part}`),
      fc.constantFrom(
        '0',
        '-0',
        '0.0',
        '1.50',
        '1e5',
        '1E-7',
        '0.000001',
        '0.0000001',
        '123456789012345',
        '-1.5',
        '10',
        '100.01',
      ),
    );
    fc.assert(
      fc.property(numbers, (text) => {
        const { isCopied, json } = copyOf(text);
        expect(json).toBe(isCopied ? JSON.stringify(Number(text)) : '');
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['0', '12', '0.35', '100.01', '0.000001'])('is copied if it is %s', (text) => {
    expect(copyOf(text)).toEqual({ isCopied: true, json: text });
  });

  it.each(['-1.5', '1.50', '0.0', '1e5', '0.0000001', '"0.35"', '[0.35]', '{"a":1}', 'true'])(
    'is not copied if it is %s',
    (text) => {
      expect(copyOf(text)).toEqual({ isCopied: false, json: '' });
    },
  );
});
