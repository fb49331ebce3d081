import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.js';
import { type LiveGateway, startLiveGateway, type TestEvent } from './gateway.js';

const open: LiveGateway[] = [];
afterEach(async () => {
  for (const live of open.splice(0).reverse()) await live.close();
});

const SECRETS = ['a'.repeat(32), 'b'.repeat(32)] as const;

/** Starts a gateway, or another instance with the same sandbox. */
async function start(sandbox?: Sandbox, secrets = SECRETS.join(',')): Promise<LiveGateway> {
  const env = { CURSOR_SECRETS: secrets };
  const live = await startLiveGateway({ env, ...(sandbox && { sandbox }) });
  open.push(live);
  return live;
}

function simOf({ sandbox }: LiveGateway, count: number): string {
  const sim = String(sandbox.addSim().sid);
  sandbox.insertAtHead(sim, count);
  sandbox.updateSession(sim, 0, { end: null });
  return sim;
}

const told = ({ kind, edge }: TestEvent) => [kind, edge?.node.sid ?? null];

describe('a subscription that continues with `after`', () => {
  it('is told what has happened since, on another instance and after a restart', async () => {
    const first = await start();
    const { sandbox } = first;
    const sim = simOf(first, 60);
    const stream = await first.subscribe(sim);
    const cursor = (await stream.snapshot()).at(-1)?.cursor ?? '';
    await open.splice(0)[0]?.gateway.close();
    const [opened] = sandbox.sessions(sim).map(({ sid }) => sid);
    sandbox.updateSession(sim, 0, { end: '2026-11-24T12:00:00Z' });
    const started = sandbox.insertAtHead(sim, 2).map(({ sid }) => sid);
    sandbox.updateSession(sim, 0, { end: null });
    const second = await start(sandbox);
    const resumed = await second.subscribe(sim, { after: cursor });
    const events = [await resumed.next(), await resumed.next(), await resumed.next(), await resumed.next()];
    expect(events.map(told)).toEqual([
      ['ENDED', opened],
      ['STARTED', started[1]],
      ['ENDED', started[1]],
      ['STARTED', started[0]],
    ]);
    await sandbox.close();
  });

  it('is told the rest of a snapshot that was broken off', async () => {
    const live = await start();
    const sim = simOf(live, 60);
    const begun = await (await live.subscribe(sim)).snapshot(20);
    const rest = await (await live.subscribe(sim, { after: begun.at(-1)?.cursor ?? null })).snapshot(30);
    const sids = live.sandbox.sessions(sim).map(({ sid }) => sid);
    expect([...begun, ...rest].map(told)).toEqual(
      sids
        .slice(0, 50)
        .reverse()
        .map((sid) => ['SNAPSHOT', sid]),
    );
  });

  it('is told of every session that has started while it was away, however many', async () => {
    const live = await start();
    const sim = simOf(live, 60);
    const cursor = (await (await live.subscribe(sim)).snapshot()).at(-1)?.cursor ?? '';
    const started = live.sandbox.insertAtHead(sim, 1200).map(({ sid }) => sid);
    const resumed = await live.subscribe(sim, { after: cursor });
    const sids: unknown[] = [];
    while (sids.length < started.length) {
      const { kind, edge } = await resumed.next();
      if (kind === 'STARTED') sids.push(edge?.node.sid);
    }
    expect(sids).toEqual(started.reverse());
  });

  it('begins with a snapshot that says so when the key of its cursor is no longer in use', async () => {
    const first = await start();
    const sim = simOf(first, 3);
    const cursor = (await (await first.subscribe(sim)).snapshot(3)).at(-1)?.cursor ?? '';
    const rotated = await start(first.sandbox, `${'c'.repeat(32)},${SECRETS[0]}`);
    const known = await rotated.subscribe(sim, { after: cursor });
    first.sandbox.insertAtHead(sim, 1);
    await rotated.poll();
    expect((await known.next()).kind).toBe('STARTED');
    const retired = await start(first.sandbox, 'd'.repeat(32));
    expect(await (await retired.subscribe(sim, { after: cursor })).next()).toMatchObject({
      kind: 'SNAPSHOT',
      snapshotReason: 'CURSOR_EXPIRED',
    });
  });

  it('begins with a snapshot that says so when the upstream has none of the sessions that it knows', async () => {
    const live = await start();
    const sim = simOf(live, 3);
    const cursor = (await (await live.subscribe(sim)).snapshot(3)).at(-1)?.cursor ?? '';
    const other = simOf(live, 5);
    live.sandbox.setSessions(
      sim,
      live.sandbox.sessions(other).map((session) => ({ ...session, sim_sid: sim })),
    );
    await live.poll();
    expect(await (await live.subscribe(sim, { after: cursor })).snapshot(5)).toMatchObject(
      Array.from({ length: 5 }, () => ({ kind: 'SNAPSHOT', snapshotReason: 'CURSOR_EXPIRED' })),
    );
  });

  it.each([
    ['nonsense', () => 'nonsense'],
    ['the cursor of an edge', ({ edge }: TestEvent) => edge?.cursor ?? ''],
    ['a damaged cursor', ({ cursor }: TestEvent) => `${cursor.slice(0, -4)}AAAA`],
  ])('is rejected with %s, without an upstream request', async (_, cursorOf) => {
    const live = await start();
    const sim = simOf(live, 3);
    const last = (await (await live.subscribe(sim)).snapshot(3)).at(-1);
    const { length } = live.sandbox.requests;
    const stream = await live.subscribe(sim, { after: cursorOf(last as TestEvent) });
    expect(await stream.result()).toMatchObject({
      errors: [{ message: expect.stringContaining('`after`'), extensions: { code: 'BAD_USER_INPUT' } }],
    });
    expect(live.sandbox.requests).toHaveLength(length);
    expect(await live.metric('gateway_live_subscribers')).toBe(1);
  });

  it('is rejected with the cursor of another SIM', async () => {
    const live = await start();
    const cursor = (await (await live.subscribe(simOf(live, 3))).snapshot(3)).at(-1)?.cursor ?? '';
    const stream = await live.subscribe(simOf(live, 3), { after: cursor });
    expect(await stream.result()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('sees each session start once, its last state, and its end once, wherever it leaves and whatever fails', async () => {
    const live = await start();
    const { sandbox } = live;
    const act = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('start' as const),
          count: fc.integer({ min: 1, max: 4 }),
          at: fc.nat(3),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('update' as const), at: fc.nat(8) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), at: fc.nat(8) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('poll' as const), events: fc.nat(6) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), events: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.constant({ do: 'fail' as const }) },
    );
    let packets = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.array(act, { maxLength: 25 }), async (initial, acts) => {
        const sim = String(sandbox.addSim().sid);
        sandbox.insertAtHead(sim, initial);
        const starts = new Map<string, number>();
        const ends = new Map<string, number>();
        const last = new Map<string, number | null>();
        const before = new Set(
          sandbox
            .sessions(sim)
            .slice(50)
            .map(({ sid }) => String(sid)),
        );
        let cursor: string | null = null;
        let stream = await live.subscribe(sim);
        const read = async () => {
          const event = await stream.next();
          cursor = event.cursor;
          const { kind, edge } = event;
          if (edge === null) return;
          const sid = String(edge.node.sid);
          const count = (counts: Map<string, number>) => counts.set(sid, (counts.get(sid) ?? 0) + 1);
          if (kind === 'SNAPSHOT' || kind === 'STARTED') count(starts);
          if (kind === 'ENDED' || (kind === 'SNAPSHOT' && edge.node.end !== null)) count(ends);
          last.set(sid, edge.node.packetsUploaded);
        };
        await read();
        for (const each of acts) {
          const { length } = sandbox.sessions(sim);
          if (each.do === 'start') {
            const records = sandbox.insertAtHead(sim, each.count).map((record) => ({ ...record, end: null }));
            // They arrive late: behind some that are there.
            const all = sandbox.sessions(sim).slice(each.count);
            sandbox.setSessions(sim, all.toSpliced(Math.min(each.at, all.length), 0, ...records));
          } else if (each.do === 'update' && each.at < length) {
            packets += 1;
            sandbox.updateSession(sim, each.at, { packets_uploaded: packets });
          } else if (each.do === 'end' && each.at < length) {
            sandbox.updateSession(sim, each.at, { end: '2026-11-24T12:00:00Z' });
          } else if (each.do === 'poll') {
            await live.poll();
          } else if (each.do === 'leave') {
            stream.close();
            stream = await live.subscribe(sim, { after: cursor });
            // A first poll that fails would end the subscription.
            await live.poll();
          } else if (each.do === 'fail') {
            sandbox.faults.add({ kind: 'status', status: 400, times: 1 });
            await live.poll();
          }
        }
        // What has not been read yet, is read at the end, up to the last session.
        const [marker] = sandbox.insertAtHead(sim, 1);
        sandbox.updateSession(sim, 0, { start: '2027-01-01T00:00:00Z', end: '2027-01-01T00:01:00Z' });
        sandbox.faults.clear();
        // The first one may have been in flight before, the second one may be the first of another poller.
        for (let n = 0; n < 3; n += 1) await live.poll();
        while ((ends.get(String(marker?.sid)) ?? 0) === 0) await read();
        stream.close();
        for (const record of sandbox.sessions(sim)) {
          const sid = String(record.sid);
          if (before.has(sid) && !starts.has(sid)) continue;
          expect(starts.get(sid)).toBe(1);
          expect(ends.get(sid) ?? 0).toBe(record.end === null ? 0 : 1);
          expect(last.get(sid)).toBe(record.packets_uploaded);
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});
