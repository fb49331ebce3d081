import { afterEach, expect, it } from 'vitest';
import { BodyRingBuffer } from '../../src/upstream/cache/body-ring-buffer.js';
import { scopeFor, settingsFor, simSid, wirePage } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { StubServer, sendJson } from './stub-server.js';
import { connectWireless } from './wireless.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

it('BodyRingBuffer.read returns a body until it is overwritten', () => {
  const buffer = new BodyRingBuffer(100);
  const refs = ['a', 'b', 'c'].map((letter) => buffer.put(Buffer.from(letter.repeat(40))));
  const [oldest, ...others] = refs.map((ref) => ref && buffer.read(ref)?.toString());
  expect(oldest).toBeUndefined();
  expect(others).toEqual(['b'.repeat(40), 'c'.repeat(40)]);
});

it('BodyRingBuffer.put ignores a body that would overwrite most of the others', () => {
  expect(new BodyRingBuffer(100).put(Buffer.alloc(51))).toBeNull();
});

it('BodyRingBuffer.read returns a copy that later bodies do not change', () => {
  const buffer = new BodyRingBuffer(100);
  const ref = buffer.put(Buffer.from('a'.repeat(40)));
  const body = ref && buffer.read(ref);
  for (let count = 0; count < 5; count += 1) buffer.put(Buffer.from('x'.repeat(50)));
  expect(body?.toString()).toBe('a'.repeat(40));
});

it('a cached page keeps its records when later responses overwrite its body', async () => {
  const clock = new ManualClock();
  const server = await StubServer.start((request) => {
    const sid = /DE[0-9a-f]{32}/.exec(request.path)?.[0];
    const session = { sid: `WN of ${sid}`, operator_name: 'x'.repeat(6_000) };
    sendJson(request, 200, wirePage(Array.from({ length: 1_000 }, () => session)));
  });
  const upstream = connectWireless(settingsFor(server.url, { cacheTtlMs: 60_000 }), clock);
  closers.push(
    () => upstream.close(),
    () => server.stop(),
  );
  const load = (number: number) =>
    upstream.dataSessions(simSid(number), { size: 1000, page: null, token: null }, scopeFor(clock));
  await load(1);
  const again = await load(1);
  for (let number = 2; number < 7; number += 1) await load(number);
  expect(again?.records.map(({ sid }) => sid)).toEqual(Array(1000).fill(`WN of ${simSid(1)}`));
});
