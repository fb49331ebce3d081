import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWireGateway, type WireGateway } from '../support/wire.js';

describe('/metrics', () => {
  let gateway: WireGateway;

  beforeEach(async () => {
    gateway = await startWireGateway({ env: { CACHE_TTL_MS: '60000' } });
  });
  afterEach(() => gateway.close());

  const sim = (selection: string) => `{ sim(sid: "${gateway.sandbox.cleanSimSid}") { ${selection} } }`;

  /** Samples of the gateway's metrics by name and labels. */
  async function samples(): Promise<Map<string, number>> {
    const { text } = await gateway.fetch('/metrics');
    const lines = text.split('\n').filter((line) => line.startsWith('gateway_'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }
  const operations = (outcome: string) => `gateway_operation_duration_seconds_count{outcome="${outcome}"}`;
  const attempts = (outcome: string) =>
    `gateway_upstream_attempt_duration_seconds_count{account="default",outcome="${outcome}"}`;

  it('counts operations and upstream requests by outcome', async () => {
    await gateway.post({ query: sim('status') });
    await gateway.post({ query: sim('status') });
    await gateway.post({ query: '{ sim(sid: "nonsense") { sid } }' });
    await gateway.post({ query: '{' });
    const counted = await samples();
    expect(counted.get(operations('ok'))).toBe(2);
    expect(counted.get(operations('BAD_USER_INPUT'))).toBe(1);
    expect(counted.get(operations('GRAPHQL_PARSE_FAILED'))).toBe(1);
    expect(counted.get(attempts('2xx'))).toBe(1);
    expect(counted.get('gateway_cache_hits_total')).toBe(1);
    expect(counted.get('gateway_upstream_retries_total{account="default"}')).toBe(0);
  });

  it('counts retries', async () => {
    gateway.sandbox.faults.add({ kind: 'status', status: 503, times: 1 });
    await gateway.post({ query: sim('status') });
    const counted = await samples();
    expect(counted.get(attempts('5xx'))).toBe(1);
    expect(counted.get(attempts('2xx'))).toBe(1);
    expect(counted.get('gateway_upstream_retries_total{account="default"}')).toBe(1);
  });

  it('shows the state of the circuit breaker', async () => {
    const state = (name: string) => `gateway_upstream_breaker_state{account="default",state="${name}"}`;
    expect((await samples()).get(state('closed'))).toBe(1);
    gateway.sandbox.faults.add({ kind: 'status', status: 503 });
    const sids = gateway.sandbox.simSids;
    await Promise.all(sids.map((sid) => gateway.post({ query: `{ sim(sid: "${sid}") { status } }` })));
    const counted = await samples();
    expect([counted.get(state('closed')), counted.get(state('open'))]).toEqual([0, 1]);
  });

  it('counts unknown enum values by field', async () => {
    gateway.sandbox.faults.add({ kind: 'mutate', mutate: (body) => ({ ...body, status: 'hibernating' }) });
    await gateway.post({ query: sim('status') });
    const drift = [...(await samples())].filter(([name]) => name.startsWith('gateway_upstream_drift_total'));
    expect(drift).toEqual([[expect.stringContaining('field="'), 1]]);
  });

  it('adds no series for names, codes and inputs that a client chooses', async () => {
    await gateway.post({ query: sim('status') });
    await gateway.post({ query: '{ sim(sid: "nonsense") { sid } }' });
    const before = [...(await samples()).keys()];
    for (let round = 0; round < 5; round += 1) {
      await gateway.post({ query: `query Name${round} ${sim('status')}`, operationName: `Name${round}` });
      await gateway.post({ query: `{ sim(sid: "nonsense${round}") { sid } }` });
    }
    expect([...(await samples()).keys()]).toEqual(before);
  });

  it('has the default metrics of Node', async () => {
    expect((await gateway.fetch('/metrics')).text).toContain('process_cpu_seconds_total');
  });
});
