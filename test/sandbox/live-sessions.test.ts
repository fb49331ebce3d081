import { pino } from 'pino';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../src/app.js';
import { readConfig } from '../../src/config/index.js';
import { type Sandbox, type SandboxOptions, startSandbox, type WireRecord } from '../../src/sandbox/index.js';
import { systemClock } from '../../src/util/clock.js';
import { getBody, nextOf, sessionsOf, sessionsPath, walk } from './client.js';

/** A whole minute, in which a session starts. */
const START = Date.parse('2026-11-24T00:00:00Z');
const CYCLE_S = 60;
const OPEN_S = 44;

let seconds = 0;
const clock = () => START + seconds * 1000;

const sandboxes: Sandbox[] = [];
afterEach(async () => {
  for (const sandbox of sandboxes.splice(0)) await sandbox.close();
});

/** Starts a sandbox with a live SIM, at the start of a cycle. */
async function start(options: SandboxOptions = {}) {
  seconds = 0;
  const sandbox = await startSandbox({ liveSessions: clock, ...options });
  sandboxes.push(sandbox);
  const sid = sandbox.liveSimSid ?? '';
  /** The newest sessions. */
  const newest = async (count: number) =>
    (await getBody(sandbox, sessionsPath(sid, `?PageSize=${count}`))).data_sessions;
  const all = async () => sessionsOf(await walk(sandbox, sessionsPath(sid, '?PageSize=1000')));
  return { sandbox, sid, newest, all };
}

const instant = (at: number) => new Date(START + at * 1000).toISOString().replace('.000', '');

describe('the live SIM', () => {
  it('is an active SIM of the fleet, where there is a clock and the fleet is large enough', async () => {
    const { sandbox, sid } = await start();
    expect(sandbox.sims.find((sim) => sim.sid === sid)).toMatchObject({
      unique_name: 'bus-11',
      status: 'active',
    });
    expect((await start({ sims: 7 })).sandbox.liveSimSid).toBe(sid);
    expect((await start({ sims: 6 })).sandbox.liveSimSid).toBeNull();
    expect((await start({ liveSessions: null })).sandbox.liveSimSid).toBeNull();
  });

  it('changes nothing of the other SIMs, and of its own only that the open session has ended', async () => {
    const still = await start({ liveSessions: null });
    const { sandbox, sid } = await start({ pageUrlBase: still.sandbox.url });
    seconds = 100;
    expect(sandbox.sims).toEqual(still.sandbox.sims);
    for (const other of sandbox.simSids.filter((one) => one !== sid)) {
      expect(sandbox.sessions(other)).toEqual(still.sandbox.sessions(other));
    }
    const [open, ...older] = still.sandbox.sessions(sid);
    expect(open?.end).toBeNull();
    const ended = { ...open, end: instant(0), last_updated: instant(0) };
    expect(sandbox.sessions(sid).slice(2)).toEqual([ended, ...older]);
  });

  it('is there in a gateway with the embedded sandbox, which follows its clock', async () => {
    seconds = 10;
    const config = { ...readConfig({ CACHE_TTL_MS: '0' }), port: 0 };
    const gateway = await startGateway(config, pino({ level: 'silent' }), {
      clock: { ...systemClock, wallNow: clock },
    });
    const query = '{ sim(uniqueName: "bus-11") { dataSessions(first: 1) { nodes { start active } } } }';
    const newest = async () => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const { data } = (await response.json()) as {
        data: { sim: { dataSessions: { nodes: { start: string; active: boolean }[] } } };
      };
      const [{ start, active } = {}] = data.sim.dataSessions.nodes;
      return [Date.parse(String(start)), active];
    };
    try {
      expect(await newest()).toEqual([START, true]);
      seconds = 110;
      expect(await newest()).toEqual([START + 60_000, false]);
    } finally {
      await gateway.close();
    }
  });
});

describe('live sessions, seen each second for four minutes', () => {
  /** The three newest sessions at each second. */
  const seen: WireRecord[][] = [];
  /** Each live session at the seconds since its start. */
  const lives = new Map<unknown, WireRecord[]>();
  beforeAll(async () => {
    const { sandbox, newest } = await start();
    for (seconds = 0; seconds < 4 * CYCLE_S; seconds += 1) {
      const head = [...(await newest(3))];
      seen.push(head);
      for (const session of head.filter(({ start }) => String(start) >= instant(0))) {
        lives.set(session.sid, [...(lives.get(session.sid) ?? []), session]);
      }
    }
    await sandbox.close();
  });
  const changesOf = (life: readonly WireRecord[], member: string) =>
    life.flatMap((session, at) =>
      at > 0 && JSON.stringify(session[member]) !== JSON.stringify(life[at - 1]?.[member]) ? [at] : [],
    );
  const every = (step: number, to: number) => Array.from({ length: to / step }, (_, n) => (n + 1) * step);

  it('start each minute, and end once, after 44 seconds', () => {
    expect(lives.size).toBe(4);
    seen.forEach((head, second) => {
      const isOpen = second % CYCLE_S < OPEN_S;
      expect(head.map(({ end }) => end === null)).toEqual([isOpen, false, false]);
      expect(head[0]?.start).toBe(instant(second - (second % CYCLE_S)));
    });
    for (const life of lives.values()) {
      expect(changesOf(life, 'end')).toEqual([OPEN_S]);
      const { start, end } = life[OPEN_S] ?? {};
      expect(Date.parse(String(end)) - Date.parse(String(start))).toBe(OPEN_S * 1000);
    }
  });

  it('count packets every four seconds until the end, and never fewer', () => {
    for (const life of lives.values()) {
      for (const member of ['packets_uploaded', 'packets_downloaded']) {
        const counts = life.map((session) => Number(session[member]));
        expect(counts).toEqual(counts.toSorted((a, b) => a - b));
        expect(counts[0]).toBeGreaterThan(0);
        expect(changesOf(life, member)).toEqual(every(4, OPEN_S));
      }
      expect(changesOf(life, 'last_updated')).toEqual(every(4, OPEN_S));
      const [{ start } = {}] = life;
      const updated = life.map((session) => Date.parse(String(session.last_updated)));
      expect(updated.slice(0, 9).map((ms) => ms - Date.parse(String(start)))).toEqual(
        [0, 0, 0, 0, 4, 4, 4, 4, 8].map((s) => s * 1000),
      );
      expect(life.at(-1)?.last_updated).toBe(life.at(-1)?.end);
    }
  });

  it('move to another cell every twelve seconds, a few hundred metres away', () => {
    for (const life of lives.values()) {
      for (const member of ['cell_id', 'cell_location_estimate']) {
        expect(changesOf(life, member)).toEqual([12, 24, 36]);
      }
      const cells = life.map((session) => session.cell_location_estimate as { lat: number; lon: number });
      cells.slice(1).forEach(({ lat, lon }, index) => {
        const before = cells[index] ?? { lat: 0, lon: 0 };
        expect(Math.abs(lat - before.lat) + Math.abs(lon - before.lon)).toBeLessThan(0.005);
      });
    }
    const distinct = (member: string) =>
      new Set([...lives.values()].flat().map((session) => JSON.stringify(session[member]))).size;
    expect(distinct('cell_id')).toBe(11);
    expect(distinct('cell_location_estimate')).toBe(11);
  });

  it('keep everything else', () => {
    const changing = 'end packets_uploaded packets_downloaded last_updated cell_id cell_location_estimate';
    for (const [sid, life] of lives) {
      const kept = life.map((session) =>
        Object.entries(session).filter(([member]) => !changing.split(' ').includes(member)),
      );
      expect(kept).toEqual(kept.map(() => kept[0]));
      expect(sid).toMatch(/^WN[0-9a-f]{32}$/);
    }
    const firsts = [...lives.values()].map(([first]) => first);
    const whose = ['sim_sid', 'account_sid', 'imei', 'operator_mcc', 'operator_mnc', 'operator_name'];
    for (const member of whose) expect(new Set(firsts.map((first) => first?.[member])).size).toBe(1);
  });
});

describe('the list of live sessions', () => {
  it('is the same at the same time, however often it was requested before', async () => {
    const often = await start();
    for (seconds = 0; seconds < 200; seconds += 7) await often.newest(1);
    const late = await start();
    seconds = 203;
    expect(await late.all()).toEqual(await often.all());
    const other = await start({ seed: 2 });
    seconds = 203;
    expect((await other.newest(1))[0]?.sid).not.toBe((await late.newest(1))[0]?.sid);
  });

  it('has unique SIDs, newest first, and at most one open session', async () => {
    const { all } = await start();
    for (seconds = 0; seconds < 1000; seconds += 50) {
      const sessions = await all();
      const sids = sessions.flatMap(({ sid }) => (typeof sid === 'string' ? [sid] : []));
      expect(new Set(sids).size).toBe(sids.length);
      const starts = sessions.flatMap(({ start }) => (start === null ? [] : [Date.parse(String(start))]));
      expect(starts).toEqual(starts.toSorted((a, b) => b - a));
      const open = sessions.flatMap(({ end }, index) => (end === null ? [index] : []));
      expect(open).toEqual(seconds % CYCLE_S < OPEN_S ? [0] : []);
    }
  });

  it('keeps the place of page tokens while sessions arrive and change', async () => {
    const { sandbox, sid, all } = await start();
    seconds = 600;
    const before = await all();
    const path = sessionsPath(sid, '?PageSize=4');
    const head = await getBody(sandbox, path);
    const second = await getBody(sandbox, nextOf(head).href);
    const third = await getBody(sandbox, nextOf(second).href);
    for (seconds = 610; seconds < 1000; seconds += 30) {
      expect((await getBody(sandbox, nextOf(head).href)).data_sessions).toEqual(second.data_sessions);
      const back = await getBody(sandbox, third.meta.previous_page_url ?? '');
      expect(back.data_sessions).toEqual(second.data_sessions);
    }
    // The second walk begins where the first page ended: nothing is missing or there twice.
    expect([...head.data_sessions, ...sessionsOf(await walk(sandbox, nextOf(head).href))]).toEqual(before);
    expect((await all()).slice(6, 8).map((session) => session.sid)).toEqual(
      head.data_sessions.slice(0, 2).map((session) => session.sid),
    );
  });

  it('does not shrink when the clock is set back', async () => {
    const { sandbox, sid, all } = await start();
    seconds = -600;
    expect(sandbox.sessions(sid)).toHaveLength(1234);
    seconds = 90;
    const before = await all();
    expect(before).toHaveLength(1236);
    for (const earlier of [88, 70, 30, -600]) {
      seconds = earlier;
      expect(await all()).toEqual(before);
    }
    seconds = 94;
    expect((await all())[0]?.last_updated).toBe(instant(92));
  });

  it('keeps the newest 1,500, also after a time without requests', async () => {
    const often = await start();
    for (seconds = 0; seconds <= 400 * CYCLE_S; seconds += CYCLE_S) await often.newest(1);
    seconds = 400 * CYCLE_S;
    const kept = await often.all();
    expect(kept).toHaveLength(1500);
    expect(kept[400]?.start).toBe(instant(0));
    const late = await start();
    seconds = 400 * CYCLE_S;
    expect(await late.all()).toEqual(kept);
    seconds = 365 * 86_400;
    const later = await late.all();
    expect(later).toHaveLength(1500);
    expect(later[0]).toMatchObject({ start: instant(seconds), end: null });
    expect(later[1499]?.start).toBe(instant(seconds - 1499 * CYCLE_S));
  });

  it('has them at its end where the order is oldest first', async () => {
    const { all } = await start({ order: 'oldest-first' });
    for (const at of [0, 4, 50, 70]) {
      seconds = at;
      await all();
    }
    expect((await all()).slice(-2)).toMatchObject([
      { start: instant(0), end: instant(OPEN_S) },
      { start: instant(60), end: null, last_updated: instant(68) },
    ]);
    seconds = 1000 * CYCLE_S;
    expect((await all())[1499]).toMatchObject({ start: instant(seconds) });
  });
});
