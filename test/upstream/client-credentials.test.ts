import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection, SIM, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { type Received, StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let api: StubServer;
let tokens: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream;
/** The one token that the API takes at present. */
let valid: string;
let lifeSeconds: number;
/** Status with which the API refuses. */
let refusal: number;

const serveToken = (request: Received) => {
  valid = `token-${request.number}`;
  sendJson(request, 200, { access_token: valid, expires_in: lifeSeconds, token_type: 'Bearer', scope: '' });
};

const serveSim = (request: Received) => {
  if (request.headers.authorization === `Bearer ${valid}`) {
    sendJson(request, 200, wireSim(request.path.slice('/v1/Sims/'.length)));
  } else {
    sendJson(request, refusal, { message: 'no', error: 'Invalid or expired token' });
  }
};

beforeEach(async () => {
  lifeSeconds = 3600;
  refusal = 401;
  tokens = await StubServer.start(serveToken);
  api = await StubServer.start(serveSim);
  clock = new ManualClock();
  upstream = connectWireless(
    settingsFor(api.url, {
      dialect: 'kore',
      auth: {
        kind: 'client-credentials',
        clientId: 'me',
        clientSecret: 'p&q=',
        tokenUrl: `${tokens.url}/v1/auth/token`,
      },
    }),
    clock,
  );
});

afterEach(async () => {
  await upstream.close();
  await api.stop();
  await tokens.stop();
});

function ask(count: number): Promise<unknown[]> {
  return Promise.all(
    Array.from({ length: count }, (_, n) => upstream.sim(simSid(n), scopeFor(clock)).catch((error) => error)),
  );
}

it('asks for one token, however many requests wait for it', async () => {
  const sims = await ask(30);
  expect(sims).toHaveLength(30);
  expect(tokens.received).toHaveLength(1);
  expect(api.received).toHaveLength(30);
});

it('sends the grant as a form, and to its own URL only', async () => {
  const scope = scopeFor(clock);
  await upstream.sim(SIM, scope);
  expect(tokens.received[0]).toMatchObject({ method: 'POST', path: '/v1/auth/token' });
  expect(tokens.received[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(tokens.received[0]?.body).toBe('grant_type=client_credentials&client_id=me&client_secret=p%26q%3D');
  expect(scope.cost).toMatchObject({ requests: 1, retries: 0 });
});

it.each([401, 403])(
  'renews the token once for any number of requests that were refused with %i',
  async (status) => {
    refusal = status;
    await ask(1);
    valid = 'revoked';
    const sims = await ask(20);
    expect(sims.map((sim) => (sim as { sid?: string }).sid)).toEqual(
      Array.from({ length: 20 }, (_, n) => simSid(n)),
    );
    expect(tokens.received).toHaveLength(2);
    expect(api.received).toHaveLength(1 + 20 + 20);
  },
);

it('renews it again when a token that has worked is refused later', async () => {
  await ask(1);
  for (let times = 2; times <= 4; times++) {
    valid = 'revoked';
    expect(await ask(1)).toMatchObject([{ sid: simSid(0) }]);
    expect(tokens.received).toHaveLength(times);
  }
});

it('does not discard a newer token when an older one is refused late', async () => {
  const late: Received[] = [];
  await ask(1);
  valid = 'revoked';
  api.answer = (request) => void late.push(request);
  const answers = ask(2);
  await api.request(3);
  api.answer = serveSim;
  const [first, second] = late as [Received, Received];
  serveSim(first);
  await api.request(4);
  serveSim(second);
  expect(await answers).toMatchObject([{ sid: simSid(0) }, { sid: simSid(1) }]);
  expect(tokens.received).toHaveLength(2);
});

it('gives up when the new token is refused too, and does not ask for one after the other', async () => {
  api.answer = (request) => sendJson(request, 403, { message: 'no', error: 'Invalid or expired token' });
  const scope = scopeFor(clock);
  expect(await rejection(upstream.sim(SIM, scope))).toMatchObject({
    code: 'UPSTREAM_UNAUTHORIZED',
    facts: { status: 403 },
  });
  expect(scope.cost).toMatchObject({ requests: 2, retries: 1 });
  expect(tokens.received).toHaveLength(2);
  await ask(10);
  expect(tokens.received).toHaveLength(2);
  clock.advance(60_000);
  await ask(10);
  expect(tokens.received).toHaveLength(3);
});

it('gives up when the new token is refused with 401 too, for half a minute', async () => {
  api.answer = (request) => sendJson(request, 401, {});
  expect(await ask(1)).toMatchObject([{ code: 'UPSTREAM_UNAUTHORIZED', facts: { status: 401 } }]);
  await ask(10);
  expect(tokens.received).toHaveLength(2);
  clock.advance(30_000);
  await ask(10);
  expect(tokens.received).toHaveLength(3);
});

describe('a 403 that is no matter of the token', () => {
  const forbidden = simSid(0);
  beforeEach(() => {
    api.answer = (request) => {
      if (request.path.endsWith(forbidden)) sendJson(request, 403, { code: 20403, message: 'no' });
      else serveSim(request);
    };
  });

  it('costs one token a minute at most, however often it comes', async () => {
    for (let second = 0; second < 180; second += 1) {
      expect(await ask(2)).toMatchObject([{ code: 'UPSTREAM_UNAUTHORIZED' }, { sid: simSid(1) }]);
      clock.advance(1_000);
    }
    // The first token, and one for each minute.
    expect(tokens.received).toHaveLength(1 + 3);
  });

  it('leaves the token to others while another one is asked for', async () => {
    await upstream.sim(simSid(1), scopeFor(clock));
    tokens.answer = () => {};
    const refused = upstream.sim(forbidden, scopeFor(clock)).catch((error) => error);
    const request = await tokens.request(2);
    expect(await upstream.sim(simSid(1), scopeFor(clock))).toMatchObject({ sid: simSid(1) });
    expect(api.received.at(-1)?.headers.authorization).toBe('Bearer token-1');
    serveToken(request);
    expect(await refused).toMatchObject({ code: 'UPSTREAM_UNAUTHORIZED', facts: { status: 403 } });
  });

  it.each([429, 500, 401])('is told as it is when the token endpoint then answers %i', async (status) => {
    await upstream.sim(simSid(1), scopeFor(clock));
    tokens.answer = (request) => sendJson(request, status, {}, { 'retry-after': '30' });
    expect(await upstream.sim(forbidden, scopeFor(clock)).catch((error) => error)).toMatchObject({
      code: 'UPSTREAM_UNAUTHORIZED',
      facts: { status: 403, code: 20403 },
    });
    expect(await upstream.sim(simSid(1), scopeFor(clock))).toMatchObject({ sid: simSid(1) });
  });
});

it('asks the token endpoint again after 30 seconds, however long its `Retry-After` is', async () => {
  tokens.answer = (request) => sendJson(request, 429, {}, { 'retry-after': '3600' });
  expect(await ask(1)).toMatchObject([{ code: 'RATE_LIMITED', retryAfter: 3600 }]);
  clock.advance(29_999);
  expect(await ask(1)).toMatchObject([{ code: 'RATE_LIMITED', retryAfter: 3571 }]);
  expect(tokens.received).toHaveLength(1);
  tokens.answer = serveToken;
  clock.advance(1);
  expect(await ask(1)).toMatchObject([{ sid: simSid(0) }]);
});

it('renews the token before it ends, while requests still go out with the old one', async () => {
  await ask(1);
  clock.advance(3_540_001);
  const { answer } = tokens;
  tokens.answer = () => {};
  await ask(3);
  expect(api.received.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer token-1'));
  answer(await tokens.request(2));
  tokens.answer = answer;
  await tokens.roundTrip();
  await ask(1);
  expect(tokens.received).toHaveLength(2);
  expect(api.received.at(-1)?.headers.authorization).toBe('Bearer token-2');
});

it('waits for a new token when the old one has ended', async () => {
  await ask(1);
  clock.advance(3_600_000);
  expect(await ask(2)).toMatchObject([{ sid: simSid(0) }, { sid: simSid(1) }]);
  expect(tokens.received).toHaveLength(2);
});

it('says that the credentials are wrong when the client is refused, and asks no more for a while', async () => {
  tokens.answer = (request) => sendJson(request, 401, { error: 'invalid_client' });
  const [error] = await ask(1);
  expect(error).toMatchObject({ code: 'UPSTREAM_UNAUTHORIZED', facts: { status: 401 } });
  await ask(10);
  expect(tokens.received).toHaveLength(1);
  expect(api.received).toHaveLength(0);
  tokens.answer = serveToken;
  clock.advance(10_000);
  expect(await ask(1)).toMatchObject([{ sid: simSid(0) }]);
});

it.each([408, 425, 503])('repeats a token request that met an outage (%i)', async (status) => {
  tokens.answer = (request) => {
    if (request.number === 1) sendJson(request, status, undefined);
    else serveToken(request);
  };
  const sims = ask(5);
  await tokens.request(1);
  await clock.armed(0);
  clock.advance(0);
  expect(await sims).toHaveLength(5);
  expect(tokens.received).toHaveLength(2);
});

it.each([
  ['no JSON', '<html>'],
  ['no token', '{"expires_in":3600}'],
  ['a token that would break the header', '{"access_token":"a\\r\\nb"}'],
  ['a token of another type', '{"access_token":"a","token_type":"mac"}'],
])('takes %s for a bad response', async (_what, body) => {
  tokens.answer = ({ response }) => response.end(body);
  expect(await ask(1)).toMatchObject([{ code: 'UPSTREAM_BAD_RESPONSE' }]);
  expect(api.received).toHaveLength(0);
});

it('lets a request go that does not want to wait for the token', async () => {
  tokens.answer = () => {};
  const scope = scopeFor(clock);
  const answered = rejection(upstream.sim(SIM, scope));
  await tokens.request(1);
  scope.abort('gone');
  expect(await answered).toBe('gone');
});
