import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UpstreamError } from '../../src/upstream/errors.js';
import { ConcurrencyLimiter, type Permit } from '../../src/upstream/resilience/concurrency-limiter.js';
import type { Flight } from '../../src/upstream/resilience/flight.js';
import { InFlightRequests } from '../../src/upstream/resilience/in-flight.js';
import { unlessAborted } from '../../src/util/abort.js';
import { flightFor, scopeFor, type TestScope } from './fixtures.js';
import { ManualClock } from './manual-clock.js';

type Result = 'succeeded' | 'throttled' | 'failed';

/** A step of a run. `pick` chooses among the requests or operations that the step can apply to. */
type Step =
  | {
      readonly kind: 'send' | 'join';
      readonly background: boolean;
      readonly leftMs: number;
      readonly pick: number;
    }
  | { readonly kind: 'leave'; readonly pick: number }
  | { readonly kind: 'respond'; readonly result: Result; readonly pick: number }
  | { readonly kind: 'hold'; readonly ms: number }
  | { readonly kind: 'pass'; readonly ms: number };

const pick = fc.nat();
const background = fc.boolean();
// No deadline is at the time of another event, so that the state of the model at each grant is known.
const leftMs = fc.integer({ min: 0, max: 60 }).map((seconds) => seconds * 1_000 + 500);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), background, leftMs, pick }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('join' as const), background, leftMs, pick }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), pick }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('respond' as const),
        result: fc.constantFrom<Result>('succeeded', 'succeeded', 'throttled', 'failed'),
        pick,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('hold' as const),
        ms: fc.constantFrom(2_000, 40_000, 90_000),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 5_000, 35_000) }),
    },
  ),
  { minLength: 1, maxLength: 50 },
);

/** An operation that waits for a request. */
interface Operation {
  readonly scope: TestScope;
  left: boolean;
  settled: boolean;
}

/** A request, as the model knows it. */
interface Sent {
  readonly key: string;
  readonly operations: Operation[];
  state: 'waiting' | 'granted' | 'over';
  /** Whether it was a background request when it got its permit. */
  grantedInBackground: boolean;
  respond(result: Result): void;
}

/** Sends requests through single-flight and the limiter, and compares each grant with a model. */
class Run {
  readonly clock = new ManualClock();
  readonly limiter: ConcurrencyLimiter;
  readonly violations: string[] = [];
  readonly #flights = new InFlightRequests<void>(this.clock);
  /** In order of arrival. */
  readonly #requests: Sent[] = [];
  #holdUntil = 0;

  constructor(limit: number) {
    this.limiter = new ConcurrencyLimiter(limit, this.clock);
  }

  async step(step: Step): Promise<void> {
    if (step.kind === 'send') this.#send(step.background, step.leftMs);
    if (step.kind === 'join') this.#join(chosen(this.#joinable(), step.pick), step.background, step.leftMs);
    if (step.kind === 'leave') this.#leave(chosen(this.#operations().filter(this.#isPresent), step.pick));
    if (step.kind === 'respond') chosen(this.#in('granted'), step.pick)?.respond(step.result);
    if (step.kind === 'hold') this.#hold(step.ms);
    if (step.kind === 'pass') await this.#pass(step.ms);
    await settled();
    this.#checkState();
  }

  /** Ends the run: responds to all requests, and lets the deadlines pass. */
  async finish(): Promise<void> {
    for (let second = 0; second < 240 && this.#operations().some((each) => !each.settled); second += 1) {
      for (const request of this.#in('granted')) request.respond('succeeded');
      await this.#pass(1_000);
    }
    await this.#pass(90_000);
  }

  unsettled(): number {
    return this.#operations().filter((operation) => !operation.settled).length;
  }

  readonly #isPresent = ({ left, scope }: Operation) => !left && this.clock.now() < scope.deadline;

  #operations(): Operation[] {
    return this.#requests.flatMap(({ operations }) => operations);
  }

  #in(state: Sent['state']): Sent[] {
    return this.#requests.filter((request) => request.state === state);
  }

  #joinable(): Sent[] {
    return this.#requests.filter(
      ({ state, operations }) => state !== 'over' && operations.some(this.#isPresent),
    );
  }

  #isBackground({ operations }: Sent): boolean {
    return operations.filter(this.#isPresent).every(({ scope }) => scope.background === true);
  }

  #send(isBackground: boolean, left: number): void {
    let respond: Sent['respond'] = () => {};
    const response = new Promise<Result>((resolve) => {
      respond = resolve;
    });
    const request: Sent = {
      key: String(this.#requests.length),
      operations: [],
      state: 'waiting',
      grantedInBackground: false,
      respond,
    };
    this.#requests.push(request);
    this.#wait(request, isBackground, left, async (flight) => {
      try {
        const permit = await this.limiter.acquire(flight);
        this.#checkGrant(request);
        await this.#use(permit, unlessAborted(response, flight.signal), request);
      } finally {
        request.state = 'over';
      }
    });
  }

  async #use(permit: Permit, response: Promise<Result>, request: Sent): Promise<void> {
    try {
      const result = await response;
      if (result === 'succeeded') permit.succeeded();
      if (result === 'succeeded') permit.responded();
      if (result === 'throttled') permit.throttled();
    } finally {
      request.state = 'over';
      permit.release();
    }
  }

  #join(request: Sent | undefined, isBackground: boolean, left: number): void {
    if (request === undefined) return;
    this.#wait(request, isBackground, left, async () => {
      this.violations.push(`request ${request.key} was sent again`);
    });
  }

  #wait(request: Sent, isBackground: boolean, left: number, start: (flight: Flight) => Promise<void>): void {
    const scope = scopeFor(this.clock, left, { background: isBackground });
    const operation: Operation = { scope, left: false, settled: false };
    request.operations.push(operation);
    const done = () => {
      operation.settled = true;
    };
    this.#flights.join(request.key, scope, start).result.then(done, done);
  }

  #leave(operation: Operation | undefined): void {
    if (operation === undefined) return;
    operation.left = true;
    operation.scope.abort('gone');
  }

  #hold(ms: number): void {
    const until = this.clock.now() + ms;
    this.#holdUntil = Math.max(this.#holdUntil, until);
    this.limiter.hold(until, new UpstreamError('RATE_LIMITED', 'limited', { status: 429 }));
  }

  async #pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      this.clock.advance(500);
      await settled();
    }
  }

  #checkGrant(request: Sent): void {
    const isBackground = this.#isBackground(request);
    const waiting = this.#in('waiting').filter((other) => other !== request);
    const before = waiting.filter(
      (other) => this.#isBackground(other) === isBackground && Number(other.key) < Number(request.key),
    );
    if (before.length > 0) this.#violated(request, 'not in order of arrival');
    if (isBackground && waiting.some((other) => !this.#isBackground(other)))
      this.#violated(request, 'granted before a query that waits');
    if (isBackground && this.#heldInBackground() >= this.#half())
      this.#violated(request, 'more than half of the limit');
    if (this.#in('granted').length >= this.limiter.limit) this.#violated(request, 'more than the limit');
    request.state = 'granted';
    request.grantedInBackground = isBackground;
  }

  /** Nothing waits for a permit that is available. */
  #checkState(): void {
    const held = this.#in('granted').length;
    const waiting = this.#in('waiting');
    expect(this.violations).toEqual([]);
    expect(this.limiter.inFlight).toBe(held);
    expect(this.limiter.queued).toBe(waiting.length);
    if (waiting.length === 0 || this.clock.now() < this.#holdUntil || held >= this.limiter.limit) return;
    expect(waiting.every((request) => this.#isBackground(request))).toBe(true);
    expect(this.#heldInBackground()).toBeGreaterThanOrEqual(this.#half());
  }

  #half(): number {
    return Math.ceil(this.limiter.limit / 2);
  }

  #heldInBackground(): number {
    return this.#in('granted').filter(({ grantedInBackground }) => grantedInBackground).length;
  }

  #violated({ key }: Sent, rule: string): void {
    this.violations.push(`request ${key}: ${rule}`);
  }
}

function chosen<T>(from: readonly T[], index: number): T | undefined {
  return from[index % from.length];
}

/** Resolves when all promises that can settle have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

it('ConcurrencyLimiter prefers queries, bounds background requests, settles all, and loses no permit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 7 }), steps, async (limit, all) => {
      const run = new Run(limit);
      for (const step of all) await run.step(step);
      await run.finish();
      expect(run.unsettled()).toBe(0);
      expect(run.violations).toEqual([]);
      const { limiter, clock } = run;
      expect([limiter.inFlight, limiter.queued, clock.timers]).toEqual([0, 0, 0]);
      // All permits are there again, those of background requests, too.
      const polls = Array.from({ length: limiter.limit }, () =>
        limiter.acquire(flightFor(clock, 1_000, true)),
      );
      const half = Math.ceil(limiter.limit / 2);
      expect([limiter.inFlight, limiter.queued]).toEqual([half, polls.length - half]);
    }),
    { numRuns: 400 },
  );
}, 60_000);
