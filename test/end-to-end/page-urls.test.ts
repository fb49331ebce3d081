import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SessionsPage } from '../support/documents.js';
import { startInstance, startTestGateway, type TestGateway } from '../support/gateway.js';
import { cursorAt, fetchWindow, nodesOf, requestsOf, walkForward } from '../support/windows.js';

let gateway: TestGateway;
let sid: string;
let sids: unknown[];

beforeEach(async () => {
  gateway = await startTestGateway();
  sid = gateway.sandbox.simSids[0] ?? '';
  sids = gateway.sandbox.sessions(sid).map((session) => session.sid);
});
afterEach(() => gateway.close());

const seen = (windows: Parameters<typeof nodesOf>[0]) => nodesOf(windows).map((node) => node.sid);
const pathOf = (url: string) => new URL(url).pathname + new URL(url).search;

describe('a next page URL', () => {
  it.each<[what: string, rewrite: (url: string) => string]>([
    ['with https instead of http', (url) => url.replace('http:', 'https:')],
    ['on the public host of Twilio', (url) => `https://wireless.twilio.com${pathOf(url)}`],
    ['on a regional host of Twilio', (url) => `https://wireless.dublin.ie1.twilio.com${pathOf(url)}`],
    [
      'on the public host of KORE',
      (url) => `http://programmable-wireless.api.korewireless.com:443${pathOf(url)}`,
    ],
    ['without a host', pathOf],
    ['without a scheme', (url) => url.replace('http:', '')],
    ['without a path', (url) => new URL(url).search],
  ])('that is written %s is followed at the configured upstream', async (_, rewrite) => {
    gateway.sandbox.faults.add({ kind: 'foreignNext', rewrite, path: '/DataSessions' });
    const windows = await walkForward(gateway, sid, [100]);
    expect(seen(windows)).toEqual(sids);
    expect(requestsOf(windows)).toBe(Math.ceil(sids.length / 100));
  });
});

describe('unknown parameters of a page URL', () => {
  const parameters = 'State=a%20b%2Fc&State=&Cursor=%26PageToken%3Dx&Z';

  it('are sent with the page token, through the cursor of any edge', async () => {
    gateway.sandbox.faults.add({ kind: 'extraParameters', parameters });
    const windows = await walkForward(gateway, sid, [30, 7, 100, 1, 300]);
    expect(seen(windows)).toEqual(sids);
    const [, second] = await walkForward(gateway, sid, [50]);
    const window = await fetchWindow(gateway, sid, { first: 10, after: second && cursorAt(second, 20) });
    expect(seen([window])).toEqual(sids.slice(71, 81));
    const { query } = window.answer.upstreamRequests.at(-1) ?? {};
    expect([...(query ?? [])].slice(3)).toEqual([...new URLSearchParams(parameters)]);
  });

  it('are sent with the tokens of previous pages', async () => {
    gateway.sandbox.faults.add({ kind: 'extraParameters', parameters });
    const windows = await walkForward(gateway, sid, [30]);
    const before = windows[8] && cursorAt(windows[8], 0);
    const window = await fetchWindow(gateway, sid, { last: 30, before });
    expect(seen([window])).toEqual(sids.slice(210, 240));
  });

  it('are part of the cursor, so that another instance sends them too', async () => {
    gateway.sandbox.faults.add({ kind: 'extraParameters', parameters });
    const { pageInfo } = await fetchWindow(gateway, sid, { first: 20 });
    const other = await startInstance(gateway.sandbox);
    const window = await fetchWindow(other, sid, { first: 20, after: pageInfo.endCursor });
    expect(seen([window])).toEqual(sids.slice(20, 40));
    await other.close();
  });

  it('cannot be added to a cursor by a client', async () => {
    gateway.sandbox.faults.add({ kind: 'extraParameters', parameters });
    const { pageInfo } = await fetchWindow(gateway, sid, { first: 20 });
    const [version, page = '', record] = (pageInfo.endCursor ?? '').split('.');
    const bytes = Buffer.from(page, 'base64url').toString('latin1');
    const forged = Buffer.from(bytes.replace('State=', 'Other='), 'latin1').toString('base64url');
    expect(forged).not.toBe(page);
    const after = [version, forged, record].join('.');
    const answer = await gateway.send(SessionsPage, { sid, first: 20, after });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(answer.upstreamPaths).toEqual([]);
  });
});
