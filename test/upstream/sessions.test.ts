import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MalformedMember } from '../../src/resources/member.js';
import {
  rejection,
  SIM,
  scopeFor,
  sessionsPath,
  settingsFor,
  simSid,
  wirePage,
  wireSim,
} from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

const HEAD = { size: 50, page: null, token: null };
const PATH = sessionsPath(SIM);

let server: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream;

beforeEach(async () => {
  server = await StubServer.start();
  clock = new ManualClock();
  upstream = connectWireless(
    settingsFor(`${server.url}/prefix/`, { publicBaseUrl: 'https://wireless.example.com' }),
    clock,
  );
});

afterEach(async () => {
  await upstream.close();
  await server.stop();
});

function ask(body: unknown, ref: Parameters<WirelessUpstream['dataSessions']>[1] = HEAD) {
  server.answer = (request) => sendJson(request, 200, body, { 'twilio-request-id': 'RQ1' });
  return upstream.dataSessions(SIM, ref, scopeFor(clock));
}

describe('a page of data sessions', () => {
  it('is asked for by size, page and token, all encoded', async () => {
    await ask(wirePage([]), { size: 7, page: '1', token: 'PA+/=&x' });
    expect(server.received[0]?.path).toBe(`/prefix${PATH}?PageSize=7&Page=1&PageToken=PA%2B%2F%3D%26x`);
  });

  it('comes in upstream order, with its neighbours', async () => {
    const page = await ask(
      wirePage([{ sid: 'WN2' }, { sid: 'WN1' }], {
        url: `https://wireless.example.com${PATH}?PageSize=50`,
        next_page_url: `https://wireless.example.com${PATH}?PageSize=50&Page=1&PageToken=PA%2B1`,
        previous_page_url: `${server.url}/prefix${PATH}?PageSize=50&Page=0&PageToken=PB`,
      }),
    );
    expect(page?.records.map(({ sid }) => sid)).toEqual(['WN2', 'WN1']);
    expect(page?.next).toEqual({ size: 50, page: '1', token: 'PA+1' });
    expect(page?.previous).toEqual({ size: 50, page: '0', token: 'PB' });
  });

  it.each([[null], [undefined], ['']])('is the last one when its next page URL is %j', async (url) => {
    expect((await ask(wirePage([], { next_page_url: url })))?.next).toBeNull();
  });

  it.each([
    ['names another host', `https://evil.example.com${PATH}?PageToken=x`],
    ['names another scheme', `ftp://wireless.example.com${PATH}?PageToken=x`],
    [
      'names a host of somebody else under a vendor\u2019s domain',
      `https://evil.twilio.com${PATH}?PageToken=x`,
    ],
    [
      'names a host that looks like a vendor\u2019s',
      `https://wireless.twilio.com.evil.example${PATH}?PageToken=x`,
    ],
    ['has parameters without bound', `https://wireless.example.com${PATH}?PageToken=x&a=${'b'.repeat(1024)}`],
    ['names another SIM', `https://wireless.example.com${sessionsPath(simSid(2))}?PageToken=x`],
    ['has credentials', `https://a:b@wireless.example.com${PATH}?PageToken=x`],
    ['has no token', `https://wireless.example.com${PATH}?PageSize=50&Page=1`],
    ['is a number', 5],
    ['is no URL', 'https://'],
  ])('is refused when its next page URL %s', async (_what, url) => {
    expect(await rejection(ask(wirePage([], { next_page_url: url })))).toMatchObject({
      code: 'UPSTREAM_BAD_RESPONSE',
      facts: { status: 200, requestId: 'RQ1' },
    });
  });

  it.each([
    `http://wireless.example.com${PATH}`,
    `https://wireless.example.com:443${PATH}`,
    `https://wireless.twilio.com${PATH}`,
    `https://wireless.dublin.ie1.twilio.com${PATH}`,
    `https://wireless.ie1.twilio.com${PATH}`,
    `https://programmable-wireless.api.korewireless.com${PATH}`,
    `http://programmable-wireless.api.korewireless.com${PATH}`,
    PATH,
    `/prefix${PATH}`,
    '',
  ])('has a next page when its URL is written as %s', async (url) => {
    const next_page_url = `${url}?PageSize=20&Page=1&PageToken=PA%2B&State=a%20b&State=`;
    const page = await ask(wirePage([], { next_page_url }));
    expect(page?.next).toEqual({ size: 20, page: '1', token: 'PA+', others: 'State=a%20b&State=' });
  });

  it('is asked for with all that the page URL had beside the paging parameters, as it was', async () => {
    const others = 'State=a%20b&State=&%FF=%zz&X&a=b=c';
    const next_page_url = `https://wireless.example.com${PATH}?a0=0&PageToken=PA&Page=1&${others}&PageSize=20`;
    const page = await ask(wirePage([], { next_page_url }));
    await ask(wirePage([]), page?.next ?? HEAD);
    expect(server.received.at(-1)?.path).toBe(
      `/prefix${PATH}?PageSize=20&Page=1&PageToken=PA&a0=0&${others}`,
    );
  });

  it('has no previous page when that URL is no good', async () => {
    const page = await ask(wirePage([], { previous_page_url: 'https://evil.example.com/' }));
    expect(page?.previous).toBeNull();
  });

  it.each([
    ['without a list', { meta: {} }],
    ['whose list is an object', { data_sessions: {}, meta: {} }],
    ['without paging information', { data_sessions: [] }],
    ['of another SIM', wirePage([], { url: `https://wireless.example.com${sessionsPath(simSid(2))}` })],
  ])('is refused when it is an answer %s', async (_what, body) => {
    expect(await rejection(ask(body))).toMatchObject({ code: 'UPSTREAM_BAD_RESPONSE' });
  });

  it('keeps the place of a record that is none, with every member malformed', async () => {
    const page = await ask(wirePage([{ sid: 'WN1' }, null, 7, [], { sid: 'WN2' }]));
    expect(page?.records).toHaveLength(5);
    expect(page?.records.map(({ sid }) => (sid instanceof MalformedMember ? sid.requestId : sid))).toEqual([
      'WN1',
      'RQ1',
      'RQ1',
      'RQ1',
      'WN2',
    ]);
    const [good, bad] = (page?.records ?? []).map((record) => Object.keys(record));
    expect(bad).toEqual(good);
  });
});

describe('the listing of SIMs', () => {
  function list(sims: readonly unknown[], meta: object = { next_page_url: null }) {
    server.answer = (request) => sendJson(request, 200, { sims, meta });
    return upstream.sims(scopeFor(clock));
  }

  it('is not complete when there is a next page', async () => {
    const next_page_url = 'https://wireless.example.com/v1/Sims?PageSize=1000&Page=1&PageToken=x';
    expect((await list([wireSim(SIM)], { next_page_url })).complete).toBe(false);
  });

  it('leaves out a record without a SID, and is not complete then', async () => {
    const { sims, complete } = await list([wireSim(SIM), { status: 'active' }, null]);
    expect(sims.map(({ sid }) => sid)).toEqual([SIM]);
    expect(complete).toBe(false);
  });

  it('is a bad response when the upstream says that there is no such thing', async () => {
    server.answer = (request) => sendJson(request, 404, { code: 20404 });
    expect(await rejection(upstream.sims(scopeFor(clock)))).toMatchObject({ code: 'UPSTREAM_BAD_RESPONSE' });
  });
});
