import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codesOf, startWireGateway, type WireGateway } from '../support/wire.js';

const MAX = 3;

describe('MAX_IN_FLIGHT', () => {
  let gateway: WireGateway;
  let release: () => void;

  beforeEach(async () => {
    gateway = await startWireGateway({ env: { MAX_IN_FLIGHT: String(MAX) } });
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    gateway.sandbox.faults.add({ kind: 'hold', until });
  });
  afterEach(async () => {
    release();
    await gateway.close();
  });

  /** Starts an operation that waits for the upstream; each for another SIM, so that requests are not shared. */
  const slow = (index: number, signal?: AbortSignal) =>
    gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ sim(sid: "${gateway.sandbox.simSids[index]}") { status } }` }),
      ...(signal === undefined ? {} : { signal }),
    });
  const full = () => gateway.sandbox.requestStarted(MAX);

  it('rejects operations above it immediately, and completes accepted ones', async () => {
    const accepted = Array.from({ length: MAX }, (_, index) => slow(index));
    await full();
    const refused = await slow(MAX);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(codesOf(refused)).toEqual(['RATE_LIMITED']);
    expect(refused.body?.errors?.[0]?.extensions.retryAfter).toBe(1);
    expect(gateway.sandbox.requests).toHaveLength(MAX);
    release();
    for (const answer of await Promise.all(accepted)) {
      expect(answer.status).toBe(200);
      expect(codesOf(answer)).toEqual([]);
    }
    expect((await slow(MAX)).status).toBe(200);
  });

  it('is enforced before the body is read', async () => {
    const accepted = Array.from({ length: MAX }, (_, index) => slow(index));
    await full();
    const answer = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{ this is no JSON',
    });
    expect(answer.status).toBe(503);
    release();
    await Promise.all(accepted);
  });

  it('does not apply to probes and metrics', async () => {
    const accepted = Array.from({ length: MAX }, (_, index) => slow(index));
    await full();
    expect((await gateway.fetch('/health')).status).toBe(200);
    expect((await gateway.fetch('/ready')).status).toBe(200);
    expect((await gateway.fetch('/metrics')).text).toContain(`gateway_operations_in_flight ${MAX}\n`);
    release();
    await Promise.all(accepted);
    expect((await gateway.fetch('/metrics')).text).toContain('gateway_operations_in_flight 0\n');
  });

  it('admits operations again when a client disconnects, whose upstream request is aborted', async () => {
    const client = new AbortController();
    const leaving = slow(0, client.signal).catch(() => 'gone');
    const staying = [slow(1), slow(2)];
    await full();
    client.abort();
    expect(await leaving).toBe('gone');
    await gateway.sandbox.requestEnded(1);
    expect(gateway.sandbox.requests.filter(({ aborted }) => aborted)).toHaveLength(1);
    const next = slow(3);
    await gateway.sandbox.requestStarted(MAX + 1);
    release();
    expect((await next).status).toBe(200);
    await Promise.all(staying);
    expect(gateway.log.join()).not.toContain('unexpected');
  });
});
