import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Authorizer } from '../../src/upstream/auth/authorizer.js';
import { basicAuthorizer } from '../../src/upstream/auth/basic.js';
import { UpstreamError } from '../../src/upstream/errors.js';
import type { ClassifyResponse } from '../../src/upstream/http/response.js';
import { Transport } from '../../src/upstream/http/transport.js';
import { CircuitBreaker } from '../../src/upstream/resilience/circuit-breaker.js';
import { ConcurrencyLimiter } from '../../src/upstream/resilience/concurrency-limiter.js';
import { Health } from '../../src/upstream/resilience/health.js';
import { RequestExecutor } from '../../src/upstream/resilience/request-executor.js';
import { RetryBudget } from '../../src/upstream/resilience/retry-budget.js';
import { type BreakerState, silentObserver } from '../../src/upstream/settings.js';
import { noCost } from '../../src/upstream/upstream.js';
import { flightFor, rejection } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { type Answering, StubServer } from './stub-server.js';

const BROKEN = new TypeError('a step that throws');
const fail = () => {
  throw BROKEN;
};

let server: StubServer;
let clock: ManualClock;
let transport: Transport;
let limiter: ConcurrencyLimiter;
let breaker: CircuitBreaker;
let state: BreakerState;

beforeEach(async () => {
  server = await StubServer.start(({ response }) => response.end('{}'));
  clock = new ManualClock();
  transport = new Transport({ connections: 1, attemptTimeoutMs: 10_000, proxy: null }, clock);
  limiter = new ConcurrencyLimiter(1, clock);
  state = 'closed';
  breaker = new CircuitBreaker(clock, (changed) => {
    state = changed;
  });
});

afterEach(async () => {
  await transport.close();
  await server.stop();
});

const read: ClassifyResponse<object> = (response) => {
  if (response.status === 200) return { json: {}, facts: { status: 200 }, http: response };
  throw new UpstreamError(
    response.status === 401 ? 'UPSTREAM_UNAUTHORIZED' : 'UPSTREAM_UNAVAILABLE',
    'not served',
    { status: response.status },
  );
};

function get(authorizer: Authorizer, reader: ClassifyResponse<object> = read): Promise<unknown> {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const executor = new RequestExecutor({
    base: { origin: server.url, prefix: '' },
    compression: false,
    traceparent: false,
    authorizer,
    breaker,
    health: new Health(clock, log),
    limiter,
    slots: null,
    budget: new RetryBudget(clock),
    transport,
    observer: silentObserver,
    log,
    runtime: clock,
  });
  return executor.get({
    path: '/',
    template: '/',
    read: reader,
    flight: flightFor(clock),
    usage: noCost(),
    route: 'Sim',
    effort: 'full',
    mayRefuse: false,
  });
}

const good = basicAuthorizer('me', 'secret');
const rejecting: Answering = ({ response }) => response.writeHead(401).end();

const STEPS: readonly [step: string, Authorizer, ClassifyResponse<object>, Answering?][] = [
  ['the classification of the response', good, fail],
  ['Authorizer.credential', { ...good, credential: fail }, read],
  ['Authorizer.credential, asynchronously,', { ...good, credential: async () => fail() }, read],
  ['Authorizer.accepted', { ...good, accepted: fail }, read],
  ['Authorizer.rejected', { ...good, rejected: fail }, read, rejecting],
];

describe.each(STEPS)('RequestExecutor.get when %s throws', (_step, authorizer, reader, answer) => {
  it('rejects with that error and releases the permit', async () => {
    const { answer: serve } = server;
    if (answer !== undefined) server.answer = answer;
    expect(await rejection(get(authorizer, reader))).toBe(BROKEN);
    server.answer = serve;
    expect(await get(good)).toMatchObject({ facts: { status: 200 } });
  });

  it('does not leave the circuit breaker half open', async () => {
    const { answer: serve } = server;
    server.answer = ({ response }) => response.writeHead(500).end();
    for (let times = 0; times < 10; times += 1) await rejection(get(good));
    expect(state).toBe('open');
    clock.advance(10_000);
    server.answer = answer ?? serve;
    expect(await rejection(get(authorizer, reader))).toBe(BROKEN);
    server.answer = serve;
    expect(await get(good)).toMatchObject({ facts: { status: 200 } });
    expect(state).toBe('closed');
  });
});
