import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDataSession } from '../../src/upstream/decode/data-session.js';
import { readInstant } from '../../src/upstream/decode/instant.js';
import { decodeSim } from '../../src/upstream/decode/sim.js';
import type { Source } from '../../src/upstream/decode/source.js';
import { MalformedMember } from '../../src/upstream/records.js';
import { retryAfterSeconds } from '../../src/upstream/retry-after.js';
import { membersOf, SIM } from './fixtures.js';

const drifted: string[] = [];
const source: Source = { facts: { status: 200, requestId: 'RQ1' }, onDrift: (field) => drifted.push(field) };
const session = (wire: object) => decodeDataSession(wire, source);
const members = (wire: object) => membersOf(session(wire));
const sim = (wire: object) => decodeSim({ sid: SIM, ...wire }, source);
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
    expect(session(JSON.parse('{"imei":89014103211118510720}')).imei).toEqual(MALFORMED);
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
        const decoded = list.map((wire) => membersOf(decodeDataSession(wire, source)));
        expect(decoded.every((record) => Object.keys(record).length === SESSION_MEMBERS.length)).toBe(true);
      }),
    );
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

  it('is none without a SID, and else decoded whatever its members are', () => {
    for (const wire of [null, 5, [], {}, { sid: '' }, { sid: 5 }]) expect(decodeSim(wire, source)).toBeNull();
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
  ])('%j, dated %j, is %j seconds', (header, date, expected) => {
    expect(retryAfterSeconds(header, date, now)).toBe(expected);
  });
});

function fill(value: unknown): Record<string, unknown> {
  return Object.fromEntries(SESSION_MEMBERS.map((member) => [member, value]));
}
