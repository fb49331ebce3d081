import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEMO_SIM_SID, type Fault, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { get, getBody, nextOf, sessionsOf, sessionsPath, walk } from './client.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

const path = sessionsPath(DEMO_SIM_SID, '?PageSize=100');

function statuses(): (number | null)[] {
  return sandbox.requests.map(({ status }) => status);
}

describe('a fault', () => {
  it('applies to each request until it is removed', async () => {
    const remove = sandbox.faults.add({ kind: 'status', status: 503 });
    await get(sandbox, path);
    await get(sandbox, '/v1/Sims');
    remove();
    await get(sandbox, path);
    sandbox.faults.add({ kind: 'status', status: 500 });
    sandbox.faults.clear();
    await get(sandbox, path);
    expect(statuses()).toEqual([503, 503, 200, 200]);
  });

  it('applies to `times` requests after `after` others', async () => {
    sandbox.faults.add({ kind: 'status', status: 503, after: 1, times: 2 });
    for (let i = 0; i < 5; i += 1) await get(sandbox, path);
    expect(statuses()).toEqual([200, 503, 503, 200, 200]);
  });

  it('is deferred while an older one replaces the response', async () => {
    sandbox.faults.add({ kind: 'status', status: 500, times: 1 });
    sandbox.faults.add({ kind: 'status', status: 429, times: 1 });
    for (let i = 0; i < 3; i += 1) await get(sandbox, path);
    expect(statuses()).toEqual([500, 429, 200]);
  });

  it('applies to its path and query only', async () => {
    sandbox.faults.add({ kind: 'status', status: 500, path: /DataSessions$/ });
    sandbox.faults.add({
      kind: 'status',
      status: 502,
      path: '/v1/Sims',
      query: (query) => query.has('Status'),
    });
    for (const target of [path, '/v1/Sims', '/v1/Sims?Status=new', `/v1/Sims/${DEMO_SIM_SID}`]) {
      await get(sandbox, target);
    }
    expect(statuses()).toEqual([500, 200, 502, 200]);
  });

  it('applies to the token endpoint only if it has its path', async () => {
    const kore = await startSandbox({ dialect: 'kore' });
    try {
      kore.faults.add({ kind: 'status', status: 503 });
      const ask = () => fetch(kore.credentials.tokenUrl, { method: 'POST' });
      expect((await ask()).status).toBe(400);
      kore.faults.add({ kind: 'status', status: 502, path: '/auth/token' });
      expect((await ask()).status).toBe(502);
    } finally {
      await kore.close();
    }
  });
});

describe('a response can be', () => {
  it('an error in the format of the API, with Retry-After', async () => {
    sandbox.faults.add({ kind: 'status', status: 429, retryAfter: 3, times: 1 });
    const seconds = await get(sandbox, path);
    expect(seconds.headers.get('retry-after')).toBe('3');
    expect(await seconds.json()).toMatchObject({ code: 20429, status: 429 });
    const date = 'Tue, 24 Nov 2026 00:00:30 GMT';
    sandbox.faults.add({ kind: 'status', status: 503, code: 33004, retryAfter: date });
    const dated = await get(sandbox, path);
    expect(dated.headers.get('retry-after')).toBe(date);
    expect(await dated.json()).toMatchObject({ code: 33004, status: 503 });
  });

  it('an error with any body', async () => {
    sandbox.faults.add({ kind: 'status', status: 500, body: { code: 20500 }, times: 1 });
    expect(await (await get(sandbox, path)).json()).toEqual({ code: 20500 });
    sandbox.faults.add({ kind: 'status', status: 502, body: '<h1>Bad gateway</h1>' });
    const response = await get(sandbox, path);
    expect([response.headers.get('content-type'), await response.text()]).toEqual([
      'text/html; charset=utf-8',
      '<h1>Bad gateway</h1>',
    ]);
  });

  it('delayed', async () => {
    sandbox.faults.add({ kind: 'latency', ms: 40 });
    const asked = performance.now();
    expect((await get(sandbox, path)).status).toBe(200);
    // Timers may fire a millisecond early.
    expect(performance.now() - asked).toBeGreaterThanOrEqual(38);
  });

  it('replaced by a connection reset', async () => {
    sandbox.faults.add({ kind: 'reset' });
    await expect(get(sandbox, path)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    await sandbox.requestEnded();
    expect(sandbox.requests).toMatchObject([{ status: null, aborted: false }]);
  });

  it('missing forever', async () => {
    sandbox.faults.add({ kind: 'hang' });
    const answer = get(sandbox, path);
    await sandbox.requestStarted();
    const refused = expect(answer).rejects.toThrow();
    await sandbox.close();
    await refused;
  });

  it('truncated with the connection', async () => {
    sandbox.faults.add({ kind: 'truncate', what: 'connection' });
    const response = await get(sandbox, path);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    await sandbox.requestEnded();
    expect(sandbox.requests).toMatchObject([{ status: 200, aborted: false }]);
  });

  it('truncated JSON', async () => {
    sandbox.faults.add({ kind: 'truncate', what: 'json' });
    const response = await get(sandbox, path);
    const text = await response.text();
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(text).toMatch(/^\{"data_sessions"/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it('HTML, or nothing, or a redirect', async () => {
    const faults: Fault[] = [
      { kind: 'html' },
      { kind: 'empty', status: 200 },
      { kind: 'empty', status: 204 },
      { kind: 'redirect', location: 'https://elsewhere.example/' },
    ];
    for (const fault of faults) sandbox.faults.add({ ...fault, times: 1 });
    const html = await get(sandbox, path);
    expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    for (const status of [200, 204]) {
      const empty = await get(sandbox, path);
      expect([empty.status, await empty.text()]).toEqual([status, '']);
    }
    const redirect = await get(sandbox, path);
    expect([redirect.status, redirect.headers.get('location')]).toEqual([302, 'https://elsewhere.example/']);
  });

  it('changed without a change to the data', async () => {
    const held = structuredClone(sandbox.sessions(DEMO_SIM_SID));
    sandbox.faults.add({
      kind: 'mutate',
      mutate: (body) => {
        const [first] = body.data_sessions as Record<string, unknown>[];
        if (first) first.packets_uploaded = 'many';
        return { ...body, meta: null };
      },
    });
    const { data_sessions, meta } = await getBody(sandbox, path);
    expect([data_sessions[0]?.packets_uploaded, meta]).toEqual(['many', null]);
    expect(sandbox.sessions(DEMO_SIM_SID)).toEqual(held);
  });
});

describe('a list can', () => {
  it.each([
    [undefined, 500],
    [400, 400],
  ] as const)('refuse pages that are too large, with %s', async (status, sent) => {
    sandbox.faults.add({ kind: 'maxPageSize', size: 100, ...(status && { status }) });
    for (const query of ['?PageSize=100', '?PageSize=101', ''])
      await get(sandbox, sessionsPath(DEMO_SIM_SID, query));
    expect(statuses()).toEqual([200, sent, 200]);
  });

  it('repeat a page token', async () => {
    sandbox.faults.add({ kind: 'repeatToken' });
    const second = nextOf(await getBody(sandbox, path));
    const third = nextOf(await getBody(sandbox, second.href));
    expect(third.searchParams.get('PageToken')).toBe(second.searchParams.get('PageToken'));
    expect(third.searchParams.get('Page')).toBe('2');
  });

  it('have empty pages with a next URL before the next records', async () => {
    sandbox.faults.add({ kind: 'emptyPages', pages: 2 });
    const pages = await walk(sandbox, path);
    expect(pages.map((page) => page.data_sessions.length)).toEqual([100, 0, 0, 100, 0, 0, 100, 0, 0, 40]);
    expect(sessionsOf(pages)).toEqual(sandbox.sessions(DEMO_SIM_SID));
    const urls = pages.map((page) => page.meta.next_page_url);
    expect(new Set(urls).size).toBe(urls.length);
    const back = await getBody(sandbox, pages[2]?.meta.previous_page_url ?? '');
    expect(back.data_sessions).toEqual(pages[0]?.data_sessions);
  });

  it('have a next URL to an empty page', async () => {
    sandbox.faults.add({ kind: 'danglingNext' });
    const pages = await walk(sandbox, path);
    expect(pages.map((page) => page.data_sessions.length)).toEqual([100, 100, 100, 40, 0]);
    const back = await getBody(sandbox, pages[4]?.meta.previous_page_url ?? '');
    expect(back.data_sessions).toEqual(sandbox.sessions(DEMO_SIM_SID).slice(240));
    const none = await walk(sandbox, sessionsPath(sandbox.simSids[3] ?? ''));
    expect(none.map((page) => page.data_sessions.length)).toEqual([0, 0]);
  });

  it('have additional parameters in page URLs, and reject a token without them', async () => {
    sandbox.faults.add({ kind: 'extraParameters', parameters: 'State=a%20b&State=' });
    const { pathname, search } = nextOf(await getBody(sandbox, path));
    const next = pathname + search;
    expect(next).toMatch(/&State=a%20b&State=$/);
    await get(sandbox, next);
    await get(sandbox, next.replace('&State=a%20b', ''));
    expect(statuses()).toEqual([200, 200, 400]);
  });

  it('have a next URL on another host or path', async () => {
    sandbox.faults.add({ kind: 'foreignNext', times: 1 });
    expect(nextOf(await getBody(sandbox, path)).hostname).toBe('upstream.invalid');
    sandbox.faults.add({
      kind: 'foreignNext',
      rewrite: (url) => url.replace('DataSessions', 'UsageRecords'),
    });
    expect(nextOf(await getBody(sandbox, path)).pathname).toBe(`/v1/Sims/${DEMO_SIM_SID}/UsageRecords`);
  });
});
