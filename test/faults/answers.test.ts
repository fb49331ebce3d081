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

/** How many requests are sent for one answer, at most: the first, and three times again. */
const ATTEMPTS = 4;
const ATTEMPT_LIMIT_MS = 250;
const OPERATION_LIMIT_MS = 8000;

interface Row {
  readonly what: string;
  readonly fault: Fault;
  readonly dialect?: SandboxOptions['dialect'];
  /** Code of the error where it comes to one. */
  readonly code: string;
  /** What the error tells of the upstream's answer, beside its request id; nothing where there was none. */
  readonly told?: { readonly status: number; readonly code?: number };
  /** Attempts that are made before the error is given to the client. */
  readonly attempts: number;
}

const refused = (status: number, code: number, rest: object = {}): Pick<Row, 'fault' | 'told'> => ({
  fault: { kind: 'status', status, ...rest },
  told: { status, code },
});
const unusable = { code: 'UPSTREAM_BAD_RESPONSE', attempts: 1 };
const unauthorized = { code: 'UPSTREAM_UNAUTHORIZED', attempts: 1 };
const limited = { code: 'RATE_LIMITED', attempts: ATTEMPTS };
const outage = { code: 'UPSTREAM_UNAVAILABLE', attempts: ATTEMPTS };
const failure = { code: 'UPSTREAM_UNAVAILABLE', attempts: 1 };
const late = { code: 'UPSTREAM_TIMEOUT', attempts: 1 };

const ROWS: readonly Row[] = [
  { what: 'never comes', fault: { kind: 'hang' }, ...late },
  { what: 'comes after the limit', fault: { kind: 'latency', ms: OPERATION_LIMIT_MS }, ...late },
  { what: 'is a reset connection', fault: { kind: 'reset' }, ...outage },
  { what: 'breaks off in the body', fault: { kind: 'truncate', what: 'connection' }, ...outage },
  {
    what: 'is JSON cut short',
    fault: { kind: 'truncate', what: 'json' },
    ...unusable,
    told: { status: 200 },
  },
  { what: 'is HTML', fault: { kind: 'html' }, ...unusable, told: { status: 200 } },
  { what: 'is empty', fault: { kind: 'empty', status: 200 }, ...unusable, told: { status: 200 } },
  { what: 'is a 204', fault: { kind: 'empty', status: 204 }, ...unusable, told: { status: 204 } },
  ...([301, 302, 303, 307, 308] as const).map((status) => ({
    what: `is a redirect (${status})`,
    fault: { kind: 'redirect', status, location: 'http://127.0.0.1:9/v1/Sims' } as const,
    ...unusable,
    told: { status },
  })),
  { what: 'is null', fault: { kind: 'mutate', mutate: () => null }, ...unusable, told: { status: 200 } },
  { what: 'is a number', fault: { kind: 'mutate', mutate: () => 7 }, ...unusable, told: { status: 200 } },
  { what: 'is a list', fault: { kind: 'mutate', mutate: () => [] }, ...unusable, told: { status: 200 } },
  {
    what: 'lacks its records',
    fault: { kind: 'mutate', mutate: ({ data_sessions: _, ...rest }) => rest },
    ...unusable,
    told: { status: 200 },
  },
  {
    what: 'has null for its records',
    fault: { kind: 'mutate', mutate: (body) => ({ ...body, data_sessions: null }) },
    ...unusable,
    told: { status: 200 },
  },
  {
    what: 'has a text for its records',
    fault: { kind: 'mutate', mutate: (body) => ({ ...body, data_sessions: 'none' }) },
    ...unusable,
    told: { status: 200 },
  },
  {
    what: 'lacks its paging information',
    fault: { kind: 'mutate', mutate: ({ meta: _, ...rest }) => rest },
    ...unusable,
    told: { status: 200 },
  },
  {
    what: 'has a next URL of another host',
    fault: { kind: 'foreignNext' },
    ...unusable,
    told: { status: 200 },
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
    told: { status: 503 },
  },
  { what: 'is a 429 of KORE', dialect: 'kore', ...refused(429, 20429), ...limited },
  { what: 'is an overload of KORE', dialect: 'kore', ...refused(400, 33004, { code: 33004 }), ...failure },
];

// Once and twice are what retries can be enough for.
const TIMES = [1, 2, Number.POSITIVE_INFINITY];

/** Where no limit is to be met, it is one that a busy machine does not meet either. */
function limitsFor(code: string): Record<string, string> {
  return {
    UPSTREAM_TIMEOUT_MS: String(code === 'UPSTREAM_TIMEOUT' ? ATTEMPT_LIMIT_MS : OPERATION_LIMIT_MS),
    OPERATION_TIMEOUT_MS: String(OPERATION_LIMIT_MS),
  };
}

let gateway: FaultyGateway;

describe.each(ROWS)('a list of sessions whose answer $what', ({ fault, dialect, code, told, attempts }) => {
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
    // A field's failure is no failure of the whole: neither of its data nor of its status.
    expect(status).toBe(200);
    expect(data).toEqual({
      sim: {
        uniqueName: 'delivery-van-7',
        dataSessions: overcome ? { edges: Array(3).fill({ node: expect.anything() }) } : null,
      },
    });
    const upstream = told === undefined ? {} : { ...told, requestId: lists.at(-1)?.requestId };
    expect(errors.map(({ path, extensions }) => ({ path, extensions }))).toEqual(
      overcome ? [] : [{ path: ['sim', 'dataSessions'], extensions: { code, upstream } }],
    );
    if (code === 'UPSTREAM_TIMEOUT') expect(tookMs).toBeGreaterThanOrEqual(ATTEMPT_LIMIT_MS);
    expect(tookMs).toBeLessThan(OPERATION_LIMIT_MS);
  });
});

/** Faults that can befall a SIM's record just as well as a list. */
const RECORD_ROWS = ROWS.filter(
  ({ what, dialect }) => !/records|paging|next/.test(what) && dialect !== 'kore',
);

describe.each(RECORD_ROWS)('a SIM whose record $what keeps its sessions', ({ fault, code, attempts }) => {
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

describe('an answer that', () => {
  afterEach(() => gateway.close());

  test('comes late, but within the limit, is an answer', async () => {
    gateway = await startFaultyGateway({ env: { UPSTREAM_TIMEOUT_MS: '10000' } });
    gateway.sandbox.faults.add({ kind: 'latency', ms: 100 });
    const { errors, cost, tookMs } = await gateway.ask(SIM_WITH_SESSIONS);
    expect(errors).toEqual([]);
    expect(cost).toEqual({ requests: 2, retries: 0, cacheHits: 0 });
    expect(tookMs).toBeGreaterThanOrEqual(100);
  });

  test('is given up at the limit breaks the connection off, so that the upstream need not go on', async () => {
    gateway = await startFaultyGateway({ env: { UPSTREAM_TIMEOUT_MS: String(ATTEMPT_LIMIT_MS) } });
    gateway.sandbox.faults.add({ kind: 'hang', ...LIST });
    const { requests } = await gateway.ask(SIM_WITH_SESSIONS);
    await gateway.sandbox.requestEnded(2);
    expect(requests.find(isList)).toMatchObject({ status: null, aborted: true });
  });

  test('is a 404 is no error: there is no such SIM', async () => {
    gateway = await startFaultyGateway();
    gateway.sandbox.faults.add({ kind: 'status', status: 404 });
    const { status, data, errors, requests } = await gateway.ask(SIM_WITH_SESSIONS);
    expect({ status, data, errors }).toEqual({ status: 200, data: { sim: null }, errors: [] });
    expect(requests).toHaveLength(2);
  });

  test.each([401, 403].flatMap((status) => TIMES.map((times) => ({ status, times }))))(
    'is a $status of KORE $times times, is asked for once more, with a new token',
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
