import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Fault, SandboxOptions } from '../../src/sandbox/index.js';
import {
  type FaultyGateway,
  isList,
  LIST,
  SESSIONS,
  SIM_WITH_SESSIONS,
  startFaultyGateway,
} from './gateway.js';

/** Maximum number of attempts: the first one and three retries. */
const ATTEMPTS = 4;
const ATTEMPT_LIMIT_MS = 1000;
const OPERATION_LIMIT_MS = 8000;

interface Row {
  readonly what: string;
  readonly fault: Fault;
  readonly dialect?: SandboxOptions['dialect'];
  /** Expected error code, if the request fails. */
  readonly code: string;
  /** Expected details of the upstream's response, without the request ID. */
  readonly details?: { readonly status: number; readonly code?: number };
  /** Number of attempts before the client gets the error. */
  readonly attempts: number;
}

const refused = (status: number, code: number, rest: object = {}): Pick<Row, 'fault' | 'details'> => ({
  fault: { kind: 'status', status, ...rest },
  details: { status, code },
});
const unusable = { code: 'UPSTREAM_BAD_RESPONSE', attempts: 1 };
const unauthorized = { code: 'UPSTREAM_UNAUTHORIZED', attempts: 1 };
const limited = { code: 'RATE_LIMITED', attempts: ATTEMPTS };
const outage = { code: 'UPSTREAM_UNAVAILABLE', attempts: ATTEMPTS };
const failure = { code: 'UPSTREAM_UNAVAILABLE', attempts: 1 };
const late = { code: 'UPSTREAM_TIMEOUT', attempts: 1 };

const ROWS: readonly Row[] = [
  { what: 'never comes', fault: { kind: 'hang' }, ...late },
  { what: 'comes after the timeout', fault: { kind: 'latency', ms: OPERATION_LIMIT_MS }, ...late },
  { what: 'is a reset connection', fault: { kind: 'reset' }, ...outage },
  { what: 'ends within the body', fault: { kind: 'truncate', what: 'connection' }, ...outage },
  {
    what: 'is truncated JSON',
    fault: { kind: 'truncate', what: 'json' },
    ...unusable,
    details: { status: 200 },
  },
  { what: 'is HTML', fault: { kind: 'html' }, ...unusable, details: { status: 200 } },
  { what: 'is empty', fault: { kind: 'empty', status: 200 }, ...unusable, details: { status: 200 } },
  { what: 'is a 204', fault: { kind: 'empty', status: 204 }, ...unusable, details: { status: 204 } },
  ...([301, 302, 303, 307, 308] as const).map((status) => ({
    what: `is a redirect (${status})`,
    fault: { kind: 'redirect', status, location: 'http://127.0.0.1:9/v1/Sims' } as const,
    ...unusable,
    details: { status },
  })),
  { what: 'is null', fault: { kind: 'mutate', mutate: () => null }, ...unusable, details: { status: 200 } },
  { what: 'is a number', fault: { kind: 'mutate', mutate: () => 7 }, ...unusable, details: { status: 200 } },
  { what: 'is a list', fault: { kind: 'mutate', mutate: () => [] }, ...unusable, details: { status: 200 } },
  {
    what: 'lacks its records',
    fault: { kind: 'mutate', mutate: ({ data_sessions: _, ...rest }) => rest },
    ...unusable,
    details: { status: 200 },
  },
  {
    what: 'has null for its records',
    fault: { kind: 'mutate', mutate: (body) => ({ ...body, data_sessions: null }) },
    ...unusable,
    details: { status: 200 },
  },
  {
    what: 'has a string for its records',
    fault: { kind: 'mutate', mutate: (body) => ({ ...body, data_sessions: 'none' }) },
    ...unusable,
    details: { status: 200 },
  },
  {
    what: 'lacks its paging information',
    fault: { kind: 'mutate', mutate: ({ meta: _, ...rest }) => rest },
    ...unusable,
    details: { status: 200 },
  },
  {
    what: 'has a next URL of another host',
    fault: { kind: 'foreignNext' },
    ...unusable,
    details: { status: 200 },
  },
  { what: 'is a 400', ...refused(400, 20001), ...unusable },
  { what: 'is a 401', ...refused(401, 20003), ...unauthorized },
  { what: 'is a 403', ...refused(403, 20403), ...unauthorized },
  { what: 'is a 408', ...refused(408, 20408), ...outage },
  { what: 'is a 425', ...refused(425, 20425), ...outage },
  { what: 'is a 429', ...refused(429, 20429), ...limited },
  { what: 'is a 500', ...refused(500, 20500), ...failure },
  { what: 'is a 502', ...refused(502, 20502), ...outage },
  { what: 'is a 503', ...refused(503, 20503), ...outage },
  { what: 'is a 504', ...refused(504, 20504), ...outage },
  {
    what: 'is a 503 in HTML',
    fault: { kind: 'status', status: 503, body: '<h1>Maintenance</h1>' },
    ...outage,
    details: { status: 503 },
  },
  { what: 'is a 429 of KORE', dialect: 'kore', ...refused(429, 20429), ...limited },
  { what: 'is an overload of KORE', dialect: 'kore', ...refused(400, 33004, { code: 33004 }), ...failure },
];

// One and two failures can be resolved by retries.
const TIMES = [1, 2, Number.POSITIVE_INFINITY];

/** A timeout that is not reached on a busy machine either. */
function limitsFor(code: string): Record<string, string> {
  return {
    UPSTREAM_TIMEOUT_MS: String(code === 'UPSTREAM_TIMEOUT' ? ATTEMPT_LIMIT_MS : OPERATION_LIMIT_MS),
    OPERATION_TIMEOUT_MS: String(OPERATION_LIMIT_MS),
  };
}

let gateway: FaultyGateway;

describe.each(ROWS)(
  'a list of sessions whose response $what',
  ({ fault, dialect, code, details, attempts }) => {
    beforeAll(async () => {
      gateway = await startFaultyGateway({
        sandbox: dialect === undefined ? {} : { dialect },
        env: limitsFor(code),
      });
    });
    afterAll(() => gateway.close());
    afterEach(() => gateway.sandbox.faults.clear());

    test.each(TIMES)('%d times', async (times) => {
      gateway.sandbox.faults.add({ ...fault, ...LIST, times });
      const { status, data, errors, cost, requests, tookMs } = await gateway.ask(SIM_WITH_SESSIONS);

      const overcome = times < attempts;
      const lists = requests.filter(isList);
      expect(lists).toHaveLength(Math.min(times + 1, attempts));
      expect(requests).toHaveLength(lists.length + 1);
      expect(cost).toEqual({ requests: requests.length, retries: lists.length - 1, cacheHits: 0 });
      // A failed field affects neither the other data nor the HTTP status.
      expect(status).toBe(200);
      expect(data).toEqual({
        sim: {
          uniqueName: 'delivery-van-7',
          dataSessions: overcome ? { edges: Array(3).fill({ node: expect.anything() }) } : null,
        },
      });
      const upstream = details === undefined ? {} : { ...details, requestId: lists.at(-1)?.requestId };
      expect(errors.map(({ path, extensions }) => ({ path, extensions }))).toEqual(
        overcome ? [] : [{ path: ['sim', 'dataSessions'], extensions: { code, upstream } }],
      );
      if (code === 'UPSTREAM_TIMEOUT') expect(tookMs).toBeGreaterThanOrEqual(ATTEMPT_LIMIT_MS);
      expect(tookMs).toBeLessThan(OPERATION_LIMIT_MS);
    });
  },
);

/** Faults that apply to a SIM's record as well as to a list. */
const RECORD_ROWS = ROWS.filter(
  ({ what, dialect }) => !/records|paging|next/.test(what) && dialect !== 'kore',
);

describe.each(RECORD_ROWS)('the sessions of a SIM whose record $what', ({ fault, code, attempts }) => {
  beforeAll(async () => {
    gateway = await startFaultyGateway({ env: limitsFor(code) });
  });
  afterAll(() => gateway.close());
  afterEach(() => gateway.sandbox.faults.clear());

  test.each(TIMES)('%d times', async (times) => {
    gateway.sandbox.faults.add({ ...fault, path: gateway.sid, times });
    const { status, data, errors, cost, requests } = await gateway.ask(SIM_WITH_SESSIONS);

    const overcome = times < attempts;
    expect(requests.filter((request) => !isList(request))).toHaveLength(Math.min(times + 1, attempts));
    expect(cost).toEqual({ requests: requests.length, retries: requests.length - 2, cacheHits: 0 });
    expect(status).toBe(200);
    expect(data).toEqual({
      sim: {
        uniqueName: overcome ? 'delivery-van-7' : null,
        dataSessions: { edges: Array(3).fill({ node: expect.anything() }) },
      },
    });
    expect(errors.map(({ path, extensions }) => [path, extensions?.code])).toEqual(
      overcome ? [] : [[['sim', 'uniqueName'], code]],
    );
  });
});

describe('an upstream response that', () => {
  afterEach(() => gateway.close());

  test('is late, but within the timeout, is used', async () => {
    gateway = await startFaultyGateway({ env: { UPSTREAM_TIMEOUT_MS: '10000' } });
    gateway.sandbox.faults.add({ kind: 'latency', ms: 100 });
    const { errors, cost, tookMs } = await gateway.ask(SIM_WITH_SESSIONS);
    expect(errors).toEqual([]);
    expect(cost).toEqual({ requests: 2, retries: 0, cacheHits: 0 });
    expect(tookMs).toBeGreaterThanOrEqual(100);
  });

  test('times out closes the connection', async () => {
    gateway = await startFaultyGateway({ env: { UPSTREAM_TIMEOUT_MS: String(ATTEMPT_LIMIT_MS) } });
    gateway.sandbox.faults.add({ kind: 'hang', ...LIST });
    const { requests } = await gateway.ask(SIM_WITH_SESSIONS);
    await gateway.sandbox.requestEnded(2);
    expect(requests.find(isList)).toMatchObject({ status: null, aborted: true });
  });

  test('is a 404 means that the SIM does not exist', async () => {
    gateway = await startFaultyGateway();
    gateway.sandbox.faults.add({ kind: 'status', status: 404 });
    const { status, data, errors, requests } = await gateway.ask(SIM_WITH_SESSIONS);
    expect({ status, data, errors }).toEqual({ status: 200, data: { sim: null }, errors: [] });
    expect(requests).toHaveLength(2);
  });

  test.each([401, 403].flatMap((status) => TIMES.map((times) => ({ status, times }))))(
    'is a $status of KORE $times times is retried once with a new token',
    async ({ status, times }) => {
      gateway = await startFaultyGateway({ sandbox: { dialect: 'kore' } });
      gateway.sandbox.faults.add({ kind: 'status', status, ...LIST, times });
      const { errors, requests, cost } = await gateway.ask(SESSIONS);
      expect(requests.map((request) => request.status)).toEqual([status, times === 1 ? 200 : status]);
      expect(cost).toEqual({ requests: 2, retries: 1, cacheHits: 0 });
      expect(gateway.sandbox.tokenRequests).toHaveLength(2);
      expect(errors.map(({ extensions }) => extensions?.code)).toEqual(
        times === 1 ? [] : ['UPSTREAM_UNAUTHORIZED'],
      );
    },
  );
});
