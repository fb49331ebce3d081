import type { Flight } from '../../src/upstream/resilience/flight.js';
import type { UpstreamLog, UpstreamSettings } from '../../src/upstream/settings.js';
import { type Cost, noCost, type RequestScope } from '../../src/upstream/upstream.js';
import type { Clock } from '../../src/util/clock.js';

export const SIM = simSid(1);

export function simSid(number: number): string {
  return `DE${number.toString(16).padStart(32, '0')}`;
}

export function wireSim(sid: string, members: object = {}): object {
  return { sid, status: 'active', friendly_name: `SIM ${sid.slice(-4)}`, ...members };
}

export function sessionsPath(sid: string): string {
  return `/v1/Sims/${sid}/DataSessions`;
}

/** A page of data sessions in the upstream's format. */
export function wirePage(records: readonly unknown[], meta: object = {}): object {
  return { data_sessions: records, meta: { key: 'data_sessions', next_page_url: null, ...meta } };
}

const silent: UpstreamLog = { debug() {}, info() {}, warn() {}, error() {} };

export function settingsFor(baseUrl: string, changes: Partial<UpstreamSettings> = {}): UpstreamSettings {
  return {
    dialect: 'twilio',
    baseUrl,
    publicBaseUrl: 'https://wireless.example.com',
    auth: { kind: 'basic', user: 'AC1', password: 'secret-word' },
    attemptTimeoutMs: 10_000,
    concurrency: 20,
    compression: false,
    cacheTtlMs: 0,
    staleIfErrorMs: 0,
    log: silent,
    ...changes,
  };
}

export interface TestScope extends RequestScope {
  readonly cost: Cost;
  abort(reason?: unknown): void;
}

/** Scope of a separate operation whose deadline is in `leftMs` milliseconds. */
export function scopeFor(
  runtime: Pick<Clock, 'now'>,
  leftMs = 30_000,
  changes: Pick<RequestScope, 'background' | 'maxAgeMs'> = {},
): TestScope {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    deadline: runtime.now() + leftMs,
    cost: noCost(),
    abort: (reason) => controller.abort(reason),
    ...changes,
  };
}

interface TestFlight extends Flight {
  abort(): void;
  /** Makes it a background request, or one that a caller waits for. */
  become(background: boolean): void;
}

/** A request with one waiter, whose deadline is in `leftMs` milliseconds. */
export function flightFor(runtime: Pick<Clock, 'now'>, leftMs = 30_000, background = false): TestFlight {
  const controller = new AbortController();
  const deadline = runtime.now() + leftMs;
  let isBackground = background;
  let onPriority: (() => void) | null = null;
  return {
    signal: controller.signal,
    deadline: () => deadline,
    isBackground: () => isBackground,
    watchPriority(listener) {
      onPriority = listener;
    },
    abort: () => controller.abort('gone'),
    become(changed) {
      isBackground = changed;
      onPriority?.();
    },
  };
}

/** Returns the reason that a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('was not rejected');
}
