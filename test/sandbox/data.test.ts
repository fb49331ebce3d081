import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO_SIM_SID, type Sandbox, startSandbox, type WireRecord } from '../../src/sandbox/index.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

function everySession(of: Sandbox): readonly WireRecord[] {
  return of.simSids.flatMap((sid) => of.sessions(sid));
}

it('the data is the same on each start, and the sessions depend on the seed', async () => {
  const twin = await startSandbox({ pageUrlBase: sandbox.url });
  const other = await startSandbox({ seed: 2 });
  try {
    expect(twin.sims).toEqual(sandbox.sims);
    expect(everySession(twin)).toEqual(everySession(sandbox));
    expect(other.simSids).toEqual(sandbox.simSids);
    expect(other.sessions(DEMO_SIM_SID)).not.toEqual(sandbox.sessions(DEMO_SIM_SID));
  } finally {
    await Promise.all([twin.close(), other.close()]);
  }
});

it('the account has SIMs without sessions, with one, with full pages and with thousands', () => {
  const counts = sandbox.simSids.map((sid) => sandbox.sessions(sid).length);
  expect(counts[0]).toBe(340);
  expect(counts).toEqual(expect.arrayContaining([0, 1, 50, 100, 1000, 1234, 2500]));
  expect(sandbox.simSids[0]).toBe(DEMO_SIM_SID);
});

it('the account has the configured number of SIMs', async () => {
  const small = await startSandbox({ sims: 1 });
  const large = await startSandbox({ sims: 300 });
  try {
    expect(small.simSids).toEqual([DEMO_SIM_SID]);
    expect(new Set(large.simSids).size).toBe(300);
  } finally {
    await Promise.all([small.close(), large.close()]);
  }
});

it('the account has SIMs of each status, and of an undocumented one', () => {
  const values = (member: string) => sandbox.sims.map((sim) => sim[member]);
  expect(new Set(values('status'))).toEqual(
    new Set('new ready active suspended deactivated canceled scheduled updating hibernating'.split(' ')),
  );
  expect(values('reset_status')).toContain('resetting');
  expect(values('friendly_name')).toContain('');
  expect(values('unique_name')).toContain(null);
});

it('sessions have unique SIDs, newest first, within 30 days', () => {
  const sids = everySession(sandbox).flatMap(({ sid }) => (typeof sid === 'string' ? [sid] : []));
  expect(new Set(sids).size).toBe(sids.length);
  for (const simSid of sandbox.simSids) {
    const starts = sandbox
      .sessions(simSid)
      .flatMap(({ start }) => (typeof start === 'string' ? [Date.parse(start)] : []));
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
    const now = Date.parse('2026-11-24T00:00:00Z');
    expect(starts.every((start) => start < now && start > now - 30 * 86_400_000)).toBe(true);
  }
});

const ODD: readonly (readonly [string, (session: WireRecord) => boolean])[] = [
  ['no sid', ({ sid }) => sid === null],
  ['codes of the operator as numbers', ({ operator_mcc }) => typeof operator_mcc === 'number'],
  ['codes of the operator with leading zeros', ({ operator_mcc }) => String(operator_mcc).startsWith('0')],
  ['empty texts', ({ operator_name, cell_id }) => operator_name === '' && cell_id === ''],
  ['an empty location', ({ cell_location_estimate: place }) => JSON.stringify(place) === '{}'],
  ['no location', ({ cell_location_estimate: place }) => place === null],
  ['a location', ({ cell_location_estimate: place }) => /lat.*lon/.test(JSON.stringify(place) ?? '')],
  ['packets past 32 bits', ({ packets_uploaded }) => Number(packets_uploaded) > 2 ** 32],
  ['packets past 31 bits', ({ packets_uploaded: n }) => Number(n) >= 2 ** 31 && Number(n) < 2 ** 32],
  ['dates with an offset', ({ start }) => /[+-]\d\d:\d\d$/.test(String(start))],
  ['dates with milliseconds', ({ start }) => /\.\d{3}Z$/.test(String(start))],
  ['dates without milliseconds', ({ start }) => /:\d\dZ$/.test(String(start))],
  ['members missing', (session) => !('imei' in session)],
  ['no end', ({ end }) => end === null],
];

it.each(ODD)('the SIM with all data quirks has sessions with %s', (_, isSo) => {
  expect(sandbox.sessions(sandbox.oddSimSid).some(isSo)).toBe(true);
});

it.each(ODD.filter(([name]) => !/leading/.test(name)))(
  'the first pages of the demo SIM have a session with %s',
  (_, isSo) => {
    expect(sandbox.sessions(DEMO_SIM_SID).slice(0, 100).some(isSo)).toBe(true);
  },
);

it('only the newest sessions are open', () => {
  for (const simSid of sandbox.simSids) {
    const open = sandbox.sessions(simSid).flatMap(({ end }, index) => (end === null ? [index] : []));
    expect(open).toEqual(open.map((_, index) => index));
  }
});
