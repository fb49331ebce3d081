import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/observability/metrics/index.js';
import type { UpstreamStats } from '../../src/upstream/settings.js';
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
    `gateway_upstream_attempt_duration_seconds_count{account="default",route="Sim",outcome="${outcome}"}`;

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
    expect([...counted.keys()].some((name) => name.startsWith('gateway_upstream_retries_total'))).toBe(false);
  });

  it('has each outcome that an alert looks at from the start, because the first value of a series is no increase', async () => {
    const counted = await samples();
    const failures = [
      'INTERNAL_SERVER_ERROR',
      'OTHER',
      'RATE_LIMITED',
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_TIMEOUT',
    ];
    for (const outcome of ['ok', ...failures]) expect(counted.get(operations(outcome)), outcome).toBe(0);
    expect(counted.get('gateway_rejected_requests_total{cause="overload"}')).toBe(0);
    expect(counted.has(operations('BAD_USER_INPUT'))).toBe(false);
  });

  it('counts retries', async () => {
    gateway.sandbox.faults.add({ kind: 'status', status: 503, times: 1 });
    await gateway.post({ query: sim('status') });
    const counted = await samples();
    expect(counted.get(attempts('5xx'))).toBe(1);
    expect(counted.get(attempts('2xx'))).toBe(1);
    expect(
      counted.get('gateway_upstream_retries_total{account="default",reason="UPSTREAM_UNAVAILABLE"}'),
    ).toBe(1);
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

  it('counts operations by name, up to a hundred names of operations that succeed', async () => {
    const named = (name: string, outcome: string) =>
      `gateway_operations_total{operation="${name}",outcome="${outcome}"}`;
    await gateway.post({ query: `query Failing { sim(sid: "nonsense") { sid } }` });
    for (let number = 1; number <= 102; number += 1)
      await gateway.post({ query: `query Name${number} { __typename }` });
    await gateway.post({ query: `query Name1 ${sim('status')}` });
    await gateway.post({ query: '{ __typename }' });
    const counted = await samples();
    expect(counted.get(named('Name1', 'ok'))).toBe(2);
    expect(counted.get(named('Name100', 'ok'))).toBe(1);
    expect(counted.get(named('other', 'ok'))).toBe(2);
    expect(counted.get(named('other', 'BAD_USER_INPUT'))).toBe(1);
    expect(counted.get(named('anonymous', 'ok'))).toBe(1);
    expect(counted.get('gateway_operation_upstream_requests_total{operation="Name1"}')).toBe(1);
  });

  it('shows where responses came from, and what is cached, by route', async () => {
    for (let round = 0; round < 3; round += 1)
      await gateway.post({ query: `query Q${round} ${sim('dataSessions(first: 5) { nodes { sid } }')}` });
    const counted = await samples();
    const from = (result: string) =>
      `gateway_cache_requests_total{account="default",route="Sim.dataSessions",result="${result}"}`;
    expect([counted.get(from('miss')), counted.get(from('hit'))]).toEqual([1, 2]);
    expect(counted.get('gateway_cache_entries{account="default",route="Sim.dataSessions"}')).toBe(1);
    expect(counted.get('gateway_cache_bytes{account="default",route="Sim.dataSessions"}')).toBeGreaterThan(
      1000,
    );
    expect(counted.get('gateway_walk_pages_count{account="default",list="Sim.dataSessions"}')).toBe(3);
    expect(counted.get('gateway_walk_pages_sum{account="default",list="Sim.dataSessions"}')).toBe(3);
  });

  it('shows the concurrency limiter and the requests that wait for it', async () => {
    await gateway.close();
    gateway = await startWireGateway({ env: { UPSTREAM_CONCURRENCY: '1' }, sandbox: { latencyMs: 20 } });
    const [one, two] = gateway.sandbox.simSids;
    await Promise.all([one, two].map((sid) => gateway.post({ query: `{ sim(sid: "${sid}") { status } }` })));
    const counted = await samples();
    const value = (name: string) => counted.get(`gateway_upstream_${name}{account="default"}`);
    expect(value('concurrency_limit')).toBe(1);
    expect(value('requests_in_flight')).toBe(0);
    expect(value('queue_length')).toBe(0);
    expect(value('wait_seconds_count')).toBe(1);
    expect(value('retry_budget')).toBeGreaterThan(0);
  });

  it('counts a wait for the concurrency limiter that ends with the time limit of the operation', async () => {
    await gateway.close();
    gateway = await startWireGateway({ env: { UPSTREAM_CONCURRENCY: '1', OPERATION_TIMEOUT_MS: '100' } });
    gateway.sandbox.faults.add({ kind: 'hang' });
    const [one, two] = gateway.sandbox.simSids;
    await Promise.all([one, two].map((sid) => gateway.post({ query: `{ sim(sid: "${sid}") { status } }` })));
    const counted = await samples();
    expect(counted.get(operations('UPSTREAM_TIMEOUT'))).toBe(2);
    expect(counted.get('gateway_upstream_wait_seconds_count{account="default"}')).toBe(1);
    expect(counted.get('gateway_upstream_wait_seconds_sum{account="default"}')).toBeGreaterThan(0);
  });

  it('counts HTTP responses by route and status', async () => {
    await gateway.fetch('/nowhere/else');
    await gateway.fetch('/health?x=1');
    const counted = await samples();
    expect(counted.get('gateway_http_responses_total{route="other",status="404"}')).toBe(1);
    expect(counted.get('gateway_http_responses_total{route="/health",status="200"}')).toBe(1);
  });

  it('names the version of the gateway and of Node', async () => {
    const node = process.versions.node;
    expect((await samples()).get(`gateway_build_info{version="0.1.0",node="${node}"}`)).toBe(1);
  });

  it('adds no series for names, codes and inputs that a client chooses', async () => {
    for (let number = 1; number <= 100; number += 1)
      await gateway.post({ query: `query Known${number} { __typename }` });
    await gateway.post({ query: `query Other ${sim('status')}` });
    await gateway.post({ query: `query Other ${sim('status')}` });
    await samples();
    await gateway.post({ query: '{ sim(sid: "nonsense") { sid } }' });
    const before = [...(await samples()).keys()];
    for (let round = 0; round < 5; round += 1) {
      await gateway.post({ query: `query Name${round} ${sim('status')}`, operationName: `Name${round}` });
      await gateway.post({ query: `{ sim(sid: "nonsense${round}") { sid } }` });
    }
    const added = [...(await samples()).keys()].filter((name) => !before.includes(name));
    expect(added).toEqual([]);
  });

  it('has the default metrics of Node', async () => {
    expect((await gateway.fetch('/metrics')).text).toContain('process_cpu_seconds_total');
  });
});

describe('the gauges of upstream clients', () => {
  const stats: UpstreamStats = {
    limit: 1,
    maxLimit: 2,
    inFlight: 0,
    queued: 0,
    retryBudget: 10,
    breaker: 'closed',
    caches: [],
  };

  it('are computed once each time the metrics are read, and only then', async () => {
    let computed = 0;
    const metrics = createMetrics({
      operationsInFlight: () => 0,
      stopping: () => false,
      upstreams() {
        computed += 1;
        return new Map([['default', { state: 'ok', stats }]]);
      },
      subscriptions: () => new Map(),
    });
    expect(computed).toBe(0);
    expect(await metrics.text()).toContain('gateway_upstream_concurrency_max{account="default"} 2\n');
    expect(computed).toBe(1);
    await metrics.collect();
    expect(computed).toBe(2);
  });

  it('have no series of an account that was removed', async () => {
    const upstreams = new Map([['removed', { state: 'ok' as const, stats }]]);
    const subscriptions = new Map([['removed', { pollers: 1, maxPollers: 1, subscribers: 1 }]]);
    const sources = {
      operationsInFlight: () => 0,
      stopping: () => false,
      upstreams: () => upstreams,
      subscriptions: () => subscriptions,
    };
    const metrics = createMetrics(sources);
    expect(await metrics.text()).toContain('account="removed"');
    upstreams.clear();
    subscriptions.clear();
    expect(await metrics.text()).not.toMatch(
      /^gateway_(upstream_(state|concurrency)|cache|live).*"removed"/m,
    );
  });
});
