import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUtcInstant } from '../../src/fast-path/json/instant-bytes.js';
import { JsonWriter } from '../../src/fast-path/json/json-writer.js';
import { LazyDecoders } from '../../src/fast-path/json/lazy-list-decoder.js';
import { viewOf } from '../../src/fast-path/json/view.js';
import { fingerprint } from '../../src/pagination/cursor/fingerprint.js';
import { type AnyRecord, FINGERPRINT } from '../../src/resources/any-record.js';
import { DataSession, simDataSessions } from '../../src/resources/data-session.js';
import { readInstant } from '../../src/resources/instant.js';
import { type DecodeContext, MalformedMember } from '../../src/resources/member.js';
import { recordDecoder } from '../../src/resources/record.js';
import { Sim } from '../../src/resources/sim.js';
import { referenceListDecoder } from '../../src/upstream/decode/list.js';
import { retryAfterSeconds } from '../../src/upstream/http/retry-after.js';
import { texts } from '../json/arbitraries.js';
import { SIM } from './fixtures.js';
import { decoded } from './wireless.js';

const drifted: string[] = [];
const context: DecodeContext = { requestId: 'RQ1', onUnknownEnumValue: (field) => drifted.push(field) };
const decoders = new LazyDecoders();
const parseLazily = decoders.list(simDataSessions);
const parseReference = referenceListDecoder(simDataSessions);
const decodeSim = recordDecoder(Sim);
const membersOf = (record: AnyRecord) => decoded(DataSession, record);
const session = (wire: unknown) => sessionIn(JSON.stringify(wire));
const members = (wire: object) => membersOf(session(wire));
const sim = (wire: object) => decoded(Sim, decodeSim({ sid: SIM, ...wire }, context));
const MALFORMED = expect.any(MalformedMember);

const SESSION_MEMBERS = [
  'sid',
  'sim_sid',
  'account_sid',
  'radio_link',
  'operator_mcc',
  'operator_mnc',
  'operator_country',
  'operator_name',
  'cell_id',
  'cell_location_estimate',
  'packets_uploaded',
  'packets_downloaded',
  'last_updated',
  'start',
  'end',
  'imei',
];

describe('a data session', () => {
  it('has every member of the upstream, by its own name', () => {
    expect(
      members({
        sid: 'WN1',
        sim_sid: SIM,
        account_sid: 'AC1',
        radio_link: 'LTE',
        operator_mcc: '001',
        operator_mnc: '01',
        operator_country: 'USA',
        operator_name: 'Operator',
        cell_id: '42',
        cell_location_estimate: { lat: 47.6, lon: -122.3 },
        packets_uploaded: 5_000_000_000,
        packets_downloaded: 0,
        last_updated: '2026-11-24T07:08:33Z',
        start: '2026-11-24T08:08:33.5+01:00',
        end: null,
        imei: '490154203237518',
      }),
    ).toEqual({
      sid: 'WN1',
      simSid: SIM,
      accountSid: 'AC1',
      radioLink: 'LTE',
      operatorMcc: '001',
      operatorMnc: '01',
      operatorCountry: 'USA',
      operatorName: 'Operator',
      cellId: '42',
      cellLocationEstimate: { lat: 47.6, lon: -122.3 },
      packetsUploaded: 5_000_000_000,
      packetsDownloaded: 0,
      lastUpdated: '2026-11-24T07:08:33.000Z',
      start: '2026-11-24T07:08:33.500Z',
      end: null,
      imei: '490154203237518',
    });
  });

  it('has null where a member is missing, null or empty', () => {
    for (const nothing of [{}, fill(null), fill('')]) {
      const values = Object.values(members(nothing));
      expect(values).toHaveLength(SESSION_MEMBERS.length);
      expect(values.every((value) => value === null)).toBe(true);
    }
  });

  it('takes numbers for text, unless JSON has rounded them', () => {
    expect(session({ operator_mcc: 310, operator_mnc: 26, cell_id: 0 })).toMatchObject({
      operatorMcc: '310',
      operatorMnc: '26',
      cellId: '0',
    });
    // As it is in the body: JSON.stringify would write what it has been rounded to.
    expect(sessionIn('{"imei":89014103211118510720}').imei).toEqual(MALFORMED);
  });

  it.each([
    [0, 0],
    ['18446744', 18446744],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER + 1, MALFORMED],
    ['9007199254740993', MALFORMED],
    [-1, MALFORMED],
    [1.5, MALFORMED],
    ['1e3', MALFORMED],
    ['0x10', MALFORMED],
    [true, MALFORMED],
    [[5], MALFORMED],
  ])('reads the packet count %j as %j', (wire, expected) => {
    expect(session({ packets_uploaded: wire }).packetsUploaded).toEqual(expected);
  });

  it.each([
    [{}, null],
    [{ lat: null, lon: null }, null],
    [
      { lat: '47.5', lon: '-122' },
      { lat: 47.5, lon: -122 },
    ],
    [
      { lat: 0, lon: 0 },
      { lat: 0, lon: 0 },
    ],
    [{ lat: 47 }, MALFORMED],
    [{ lat: 91, lon: 0 }, MALFORMED],
    [{ lat: 0, lon: -180.5 }, MALFORMED],
    [{ lat: 'north', lon: 0 }, MALFORMED],
    [[47, -122], MALFORMED],
    ['47,-122', MALFORMED],
  ])('reads the cell location %j as %j', (wire, expected) => {
    expect(session({ cell_location_estimate: wire }).cellLocationEstimate).toEqual(expected);
  });

  it('is decoded whatever its members are: each is a value, null or malformed, and the others stay', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SESSION_MEMBERS), fc.jsonValue(), (member, value) => {
        const decoded = Object.entries(members({ ...fill('x'), [member]: value }));
        expect(decoded).toHaveLength(SESSION_MEMBERS.length);
        const texts = decoded.filter(([, text]) => text === 'x').length;
        expect(texts).toBeGreaterThanOrEqual(9);
      }),
    );
  });

  it('is decoded from any JSON at all, so that no record of a list is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (list) => {
        const decoded = sessionsIn(...list.map((wire) => JSON.stringify(wire))).map(membersOf);
        expect(decoded).toHaveLength(list.length);
        expect(decoded.every((record) => Object.keys(record).length === SESSION_MEMBERS.length)).toBe(true);
      }),
    );
  });

  it.each(['null', '5', '"sid"', '[]', '[{"sid":"WN1"}]', 'true'])(
    'has nothing but malformed members when it is %s',
    (json) => {
      expect(Object.values(membersOf(sessionIn(json)))).toEqual(SESSION_MEMBERS.map(() => MALFORMED));
    },
  );

  it('stands at its place in the list', () => {
    const sids = sessionsIn('{"sid":"WN1"}', '5', '{"sid":"WN3"}').map(({ sid }) => sid);
    expect(sids).toEqual(['WN1', MALFORMED, 'WN3']);
  });
});

/** Members that are written without being decoded, with their wire names. */
const WRITABLE: Readonly<Record<string, string>> = {
  sid: 'sid',
  simSid: 'sim_sid',
  accountSid: 'account_sid',
  radioLink: 'radio_link',
  operatorMcc: 'operator_mcc',
  operatorMnc: 'operator_mnc',
  operatorCountry: 'operator_country',
  operatorName: 'operator_name',
  packetsUploaded: 'packets_uploaded',
  packetsDownloaded: 'packets_downloaded',
  lastUpdated: 'last_updated',
  start: 'start',
  end: 'end',
};
const writable = fc.constantFrom(...Object.keys(WRITABLE));

const dates = fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
const instants = dates.chain((date) => {
  const iso = date.toISOString();
  const seconds = iso.slice(0, 19);
  return fc.constantFrom(
    iso,
    `${seconds}Z`,
    `${seconds}.5Z`,
    `${seconds}.000000Z`,
    `${seconds},123Z`,
    `${seconds}+01:00`,
    `${seconds}.123-0230`,
    `${seconds}.123`,
    iso.toLowerCase(),
    iso.replace('T', ' '),
    iso.replace(/\d\d(?=T)/, '31'),
    ` ${iso}`,
    iso.slice(0, 10),
  );
});
/** Digits, and nearly digits: an exponent, a sign, a fraction. */
const numerals = fc.oneof(
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
  fc.nat().map(String),
  fc.constantFrom(
    '0',
    '-0',
    '00',
    '007',
    '1e3',
    '1E-2',
    '1.0',
    '0x10',
    '9007199254740993',
    '999999999999999',
  ),
);
const isJson = (text: string) => /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(text);
/** What may stand in a body where a member's value is. */
const wireValues = fc.oneof(
  fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.oneof(texts, instants, numerals).map((text) => JSON.stringify(text)),
  numerals.filter(isJson),
  fc.constantFrom(
    'null',
    '""',
    '"\\u0041"',
    '"\\/"',
    '"\\u0032026-11-24T07:08:33Z"',
    '"2026-11-24T07:08:33\\u005a"',
  ),
);

/** What the writer of a member makes of it; `null` where it leaves it to be decoded. */
function writtenBy(name: string, session: AnyRecord): string | null {
  const out = new JsonWriter();
  out.ascii('{"a":');
  const { length } = out;
  const isWritten = decoders.rawWriter(DataSession, name)?.(session, out) ?? false;
  const text = out.take(length);
  if (!isWritten) expect(text).toBe('');
  expect(out.take(0)).toBe('{"a":');
  return isWritten ? text : null;
}

describe("a data session's member, from JSON to JSON,", () => {
  it('is written as it would be once it is decoded, or not at all', () => {
    fc.assert(
      fc.property(writable, wireValues, (name, json) => {
        const session = sessionIn(`{"imei":"1","${WRITABLE[name]}":${json},"cell_id":"2"}`);
        const text = writtenBy(name, session);
        if (text === null) return;
        expect(session[name]).not.toEqual(MALFORMED);
        expect(text).toBe(JSON.stringify(session[name]));
      }),
      { numRuns: 3000 },
    );
  });

  it('is written as it would be once it is decoded, whatever the others are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(writable, wireValues)), (pairs) => {
        const members = pairs.map(([name, json]) => `"${WRITABLE[name]}":${json}`);
        const session = sessionIn(`{${members.join(',')}}`);
        for (const [name] of pairs) {
          const text = writtenBy(name, session);
          if (text !== null) expect(text).toBe(JSON.stringify(session[name]));
        }
      }),
    );
  });

  const plainText = fc
    .string({ unit: 'grapheme-ascii', minLength: 1 })
    .filter((text) => JSON.stringify(text) === `"${text}"`);
  const plainCount = fc.oneof(fc.nat(), fc.nat(999_999_999_999_999));
  const plainInstant = fc
    .tuple(dates, fc.boolean())
    .map(([date, isWhole]) => (isWhole ? `${date.toISOString().slice(0, 19)}Z` : date.toISOString()));
  const plain = (name: string): fc.Arbitrary<unknown> => {
    if (name === 'packetsUploaded' || name === 'packetsDownloaded') return plainCount;
    return name === 'lastUpdated' || name === 'start' || name === 'end' ? plainInstant : plainText;
  };

  it('is written where it is what it nearly always is: plain text, a count, an instant in UTC, or null', () => {
    const pair = writable.chain((name) => fc.tuple(fc.constant(name), fc.option(plain(name))));
    fc.assert(
      fc.property(pair, ([name, value]) => {
        const decoded = session({ [WRITABLE[name] ?? '']: value });
        expect(decoded[name]).not.toEqual(MALFORMED);
        expect(writtenBy(name, decoded)).toBe(JSON.stringify(decoded[name]));
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, string, string | null]>([
    ['sid', '"WN1"', '"WN1"'],
    ['operatorName', '""', 'null'],
    ['operatorName', '"é"', null],
    ['operatorMcc', '310', null],
    ['packetsUploaded', '5000000000', '5000000000'],
    ['packetsUploaded', '"5"', null],
    ['packetsUploaded', '1e3', null],
    ['packetsUploaded', '-0', null],
    ['packetsUploaded', '9007199254740993', null],
    ['start', '"2026-11-24T07:08:33Z"', '"2026-11-24T07:08:33.000Z"'],
    ['start', '"2026-11-24T07:08:33.123Z"', '"2026-11-24T07:08:33.123Z"'],
    ['start', '"2026-11-24T08:08:33+01:00"', null],
    ['end', '"2026-11-31T07:08:33Z"', null],
    ['end', 'null', 'null'],
    ['end', '[]', null],
  ])('%s: %s is written as %s', (name, json, expected) => {
    expect(writtenBy(name, sessionIn(`{"${WRITABLE[name]}":${json}}`))).toBe(expected);
  });

  it('is not written where there is none, nor of a record that is no object', () => {
    for (const name of Object.keys(WRITABLE)) {
      for (const json of ['{}', '{"imei":"1"}', '5', '"sid"', 'null', '[]']) {
        expect(writtenBy(name, sessionIn(json))).toBeNull();
      }
    }
  });
});

describe("the fingerprint of a data session's SID", () => {
  it('is that of the SID once it is decoded, where it can be told without', () => {
    fc.assert(
      fc.property(wireValues, (json) => {
        const session = sessionIn(`{"sid":${json}}`);
        const direct = session[FINGERPRINT]?.() ?? null;
        if (direct === null) return;
        expect(session.sid).toEqual(expect.any(String));
        expect(direct).toBe(fingerprint(String(session.sid)));
      }),
      { numRuns: 1000 },
    );
  });

  it('can be told where the SID is text as every SID is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^WN[0-9a-f]{1,40}$/), (sid) => {
        expect(session({ imei: '1', sid, start: null })[FINGERPRINT]?.()).toBe(fingerprint(sid));
      }),
    );
  });

  it.each([
    '{}',
    '{"sid":null}',
    '{"sid":""}',
    '{"sid":5}',
    '{"sid":[]}',
    '{"sim_sid":"WN1"}',
    '"WN1"',
    'null',
  ])('cannot be told of %s', (json) => {
    expect(sessionIn(json)[FINGERPRINT]?.() ?? null).toBeNull();
  });
});

describe('an answer with data sessions', () => {
  it('is none unless it is a JSON object', () => {
    for (const body of ['', '[]', 'null', '{"data_sessions":[}', '{"data_sessions":[{}]'])
      for (const parse of [parseLazily, parseReference]) expect(parse(Buffer.from(body))).toBeNull();
  });

  it('may have none, and has its paging information', () => {
    for (const parse of [parseLazily, parseReference]) {
      expect(parse(Buffer.from('{"sims":[{}],"meta":{"page":1}}'))).toEqual({
        records: null,
        meta: { page: 1 },
      });
    }
  });
});

describe('a SIM', () => {
  it('reads its eID by either name', () => {
    expect(sim({ e_id: '89' })?.eId).toBe('89');
    expect(sim({ eid: '89' })?.eId).toBe('89');
  });

  it('knows its enum values in any case, and takes a new one for unknown, and tells', () => {
    drifted.length = 0;
    expect(
      sim({ status: 'Active', reset_status: 'resetting', commands_callback_method: 'post' }),
    ).toMatchObject({
      status: 'active',
      resetStatus: 'resetting',
      commandsCallbackMethod: 'POST',
    });
    expect(drifted).toEqual([]);
    expect(sim({ status: 'hibernating' })?.status).toBe('unknown');
    expect(drifted).toEqual(['status']);
    expect(sim({ status: 'constructor' })?.status).toBe('unknown');
    expect(sim({ status: 5 })?.status).toEqual(MALFORMED);
  });

  it('has its links', () => {
    const links = { data_sessions: 'https://x/1', usage_records: 'https://x/2' };
    expect(sim({ links })?.links).toEqual({
      dataSessions: 'https://x/1',
      ratePlan: null,
      usageRecords: 'https://x/2',
    });
    expect(sim({ links: { data_sessions: {} } })?.links).toEqual(MALFORMED);
    expect(sim({ links: 'x' })?.links).toEqual(MALFORMED);
    expect(sim({})?.links).toBeNull();
  });

  it('is decoded whatever its members are', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('status', 'links', 'date_created', 'iccid'), fc.jsonValue()),
        (wire) => {
          expect(sim(wire)?.sid).toBe(SIM);
        },
      ),
    );
  });
});

describe('an instant', () => {
  it('comes as toISOString would write it, from any zone and precision', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
        fc.integer({ min: -1439, max: 1439 }),
        fc.constantFrom(':', ''),
        (date, offset, colon) => {
          const iso = date.toISOString();
          expect(readInstant(iso)).toBe(iso);
          const seconds = `${iso.slice(0, 19)}Z`;
          expect(readInstant(seconds)).toBe(`${iso.slice(0, 19)}.000Z`);
          const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 23);
          const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
          const two = (n: number) => String(n).padStart(2, '0');
          expect(readInstant(`${local}${offset < 0 ? '-' : '+'}${two(hours)}${colon}${two(minutes)}`)).toBe(
            iso,
          );
        },
      ),
    );
  });

  it.each([
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2023-02-29T00:00:00Z', null],
    ['2024-04-31T00:00:00.000Z', null],
    ['2024-13-01T00:00:00Z', null],
    ['2024-01-01T24:00:00Z', null],
    ['2024-01-01T00:00:00.123456789Z', '2024-01-01T00:00:00.123Z'],
    ['2024-01-01T00:00:00.5Z', '2024-01-01T00:00:00.500Z'],
    ['2024-01-01t00:00:00z', '2024-01-01T00:00:00.000Z'],
    ['2024-01-01T00:00:00', null],
    ['2024-01-01', null],
    ['0000-01-01T00:00:00+01:00', null],
    ['0050-01-31T00:00:00Z', '0050-01-31T00:00:00.000Z'],
    ['Mon, 01 Jan 2024 00:00:00 GMT', null],
    ['2024-01-01T00:00:00Z\n', null],
  ])('%j is read as %j', (text, expected) => {
    expect(readInstant(text)).toBe(expected);
  });
});

describe('an instant that is read from its bytes', () => {
  const isExact = (text: string) =>
    readInstant(text) !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(text);
  const isInstant = (text: string) => {
    const bytes = Buffer.from(text);
    return isUtcInstant(viewOf(bytes), 0, bytes.length);
  };

  /** A number of so many digits, mostly one that may be there. */
  const part = (max: number, digits = 2) =>
    fc
      .oneof({ weight: 30, arbitrary: fc.nat(max) }, { weight: 1, arbitrary: fc.nat(10 ** digits - 1) })
      .map((number) => String(number).padStart(digits, '0'));
  const day = fc.oneof(part(31), fc.constantFrom('28', '29', '30', '31'));
  const month = fc.oneof(part(12), fc.constant('02'));
  const year = fc.oneof(part(9999, 4), fc.constantFrom('0000', '1900', '2000', '2023', '2024'));
  const fraction = fc.oneof(
    { weight: 8, arbitrary: fc.constant('') },
    { weight: 8, arbitrary: part(999, 3).map((milliseconds) => `.${milliseconds}`) },
    { weight: 1, arbitrary: fc.constantFrom(',123', '.5', '.12', '.1234', '.123456', '.', '.1e3') },
  );
  const letter = (right: string, ...wrong: string[]) =>
    fc.oneof(
      { weight: 20, arbitrary: fc.constant(right) },
      { weight: 1, arbitrary: fc.constantFrom(...wrong) },
    );
  const form = fc
    .tuple(
      fc.tuple(year, month, day).map((parts) => parts.join('-')),
      letter('T', 't', ' ', ''),
      fc.tuple(part(23), part(59), part(59)).map((parts) => parts.join(':')),
      fraction,
      letter('Z', 'z', '', '+00:00', 'ZZ'),
    )
    .map((parts) => parts.join(''));

  it('is one of the two forms that are answered as they stand', () => {
    fc.assert(
      fc.property(fc.oneof(form, instants), (text) => {
        expect(isInstant(text)).toBe(isExact(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('is none when one of its characters is another one, unless it is an instant still', () => {
    const character = fc.oneof(fc.constantFrom(...'0123456789-:.,TtZz/; +\0'), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(form, fc.nat(), fc.nat(2), character, (text, pick, cut, other) => {
        const at = pick % (text.length + 1);
        const damaged = text.slice(0, at) + other + text.slice(at + cut);
        expect(isInstant(damaged)).toBe(isExact(damaged));
      }),
      { numRuns: 3000 },
    );
  });

  it('is read from where it is, and no further', () => {
    fc.assert(
      fc.property(form, texts, texts, (text, front, behind) => {
        const [head, bytes] = [Buffer.from(front), Buffer.from(text)];
        const all = Buffer.concat([head, bytes, Buffer.from(behind)]);
        expect(isUtcInstant(viewOf(all), head.length, head.length + bytes.length)).toBe(isExact(text));
      }),
    );
  });

  it.each([
    ['2024-02-29T00:00:00Z', true],
    ['2023-02-29T00:00:00Z', false],
    ['2000-02-29T00:00:00.000Z', true],
    ['1900-02-29T00:00:00.000Z', false],
    ['2024-02-30T00:00:00Z', false],
    ['2024-04-30T23:59:59.999Z', true],
    ['2024-04-31T00:00:00.000Z', false],
    ['2024-12-31T00:00:00Z', true],
    ['2024-12-32T00:00:00Z', false],
    ['2024-00-01T00:00:00Z', false],
    ['2024-13-01T00:00:00Z', false],
    ['2024-01-00T00:00:00Z', false],
    ['2024-01-01T24:00:00Z', false],
    ['2024-01-01T00:60:00Z', false],
    ['2024-01-01T00:00:60Z', false],
    ['2024-01-01t00:00:00Z', false],
    ['2024-01-01T00:00:00z', false],
    ['2024-01-01T00:00:00,000Z', false],
    ['2024-01-01T00:00:00.00Z', false],
    ['2024-01-01T00:00:00.0000Z', false],
    ['2024-01-01T00:00:00+0000', false],
    ['0000-01-01T00:00:00Z', true],
    ['', false],
  ])('%j: %j', (text, expected) => {
    expect(isInstant(text)).toBe(expected);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-24T12:00:00.400Z');
  it.each([
    ['5', undefined, 5],
    ['0', undefined, 0],
    [' 1.2 ', undefined, 2],
    ['Tue, 24 Nov 2026 12:00:10 GMT', undefined, 10],
    // The upstream's clock is an hour behind; what counts is how far its two dates are apart.
    ['Tue, 24 Nov 2026 11:00:10 GMT', 'Tue, 24 Nov 2026 11:00:00 GMT', 10],
    ['Tue, 24 Nov 2026 11:00:00 GMT', undefined, 0],
    ['Tue, 24 Nov 2099 11:00:00 GMT', undefined, 3600],
    ['99999999999', undefined, 3600],
    ['soon', undefined, undefined],
    ['-5', undefined, undefined],
    [undefined, undefined, undefined],
    // Repeated, as a proxy does that adds one of its own, or joined by one on the way.
    [['1', '7'], undefined, 7],
    [['soon', '7'], undefined, 7],
    [['1', 'Tue, 24 Nov 2026 12:00:10 GMT'], undefined, 10],
    ['1, 7', undefined, 7],
    [[], undefined, undefined],
    ['Tue, 24 Nov 2026 11:00:10 GMT', ['yesterday', 'Tue, 24 Nov 2026 11:00:00 GMT'], 10],
  ])('%j, dated %j, is %j seconds', (header, date, expected) => {
    expect(retryAfterSeconds(header, date, () => now)).toBe(expected);
  });
});

function fill(value: unknown): Record<string, unknown> {
  return Object.fromEntries(SESSION_MEMBERS.map((member) => [member, value]));
}

/** The session in a response with one record, which is given as JSON. */
function sessionIn(json: string): AnyRecord {
  const [only] = sessionsIn(json);
  if (only === undefined) throw new Error(`${json} is no record`);
  return only;
}

/** Records as the fast path decodes them, which are compared with those of the reference decoder. */
function sessionsIn(...records: readonly string[]): readonly AnyRecord[] {
  const body = Buffer.from(`{"data_sessions":[${records.join(',')}],"meta":{}}`);
  const lazy = parseLazily(body)?.records?.(context);
  const reference = parseReference(body)?.records?.(context);
  if (lazy === undefined || reference === undefined) throw new Error('no list of data sessions');
  expect(lazy.map(membersOf)).toEqual(reference.map(membersOf));
  return lazy;
}
