import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection, SIM, scopeFor, settingsFor, simSid, wireSim } from './fixtures.js';
import { ManualClock } from './manual-clock.js';
import { type Received, StubServer, sendJson } from './stub-server.js';
import { connectWireless, type WirelessUpstream } from './wireless.js';

let api: StubServer;
let tokens: StubServer;
let clock: ManualClock;
let upstream: WirelessUpstream;
/** The only token that the API accepts. */
let valid: string;
let lifeSeconds: number;
/** Status of a rejected token. */
let rejectionStatus: number;

const serveToken = (request: Received) => {
  valid = `token-${request.number}`;
  sendJson(request, 200, { access_token: valid, expires_in: lifeSeconds, token_type: 'Bearer', scope: '' });
};

const serveSim = (request: Received) => {
  if (request.headers.authorization === `Bearer ${valid}`) {
    sendJson(request, 200, wireSim(request.path.slice('/v1/Sims/'.length)));
  } else {
    sendJson(request, rejectionStatus, { message: 'no', error: 'Invalid or expired token' });
  }
};

beforeEach(async () => {
  lifeSeconds = 3600;
  rejectionStatus = 401;
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

it('client credentials request one token, however many requests wait for it', async () => {
  const sims = await ask(30);
  expect(sims).toHaveLength(30);
  expect(tokens.received).toHaveLength(1);
  expect(api.received).toHaveLength(30);
});

it('client credentials are sent as a form to the token URL only', async () => {
  const scope = scopeFor(clock);
  await upstream.sim(SIM, scope);
  expect(tokens.received[0]).toMatchObject({ method: 'POST', path: '/v1/auth/token' });
  expect(tokens.received[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(tokens.received[0]?.body).toBe('grant_type=client_credentials&client_id=me&client_secret=p%26q%3D');
  expect(scope.cost).toMatchObject({ requests: 1, retries: 0 });
});

it.each([401, 403])(
  'client credentials refresh the token once for any number of requests rejected with %i',
  async (status) => {
    rejectionStatus = status;
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

it('client credentials refresh the token each time an accepted token is rejected later', async () => {
  await ask(1);
  for (let times = 2; times <= 4; times++) {
    valid = 'revoked';
    expect(await ask(1)).toMatchObject([{ sid: simSid(0) }]);
    expect(tokens.received).toHaveLength(times);
  }
});

it('client credentials keep the current token when an earlier one is rejected late', async () => {
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

it('client credentials do not request further tokens when the new one is rejected with 403 too', async () => {
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

it('client credentials wait 30 seconds when the new token is rejected with 401 too', async () => {
  api.answer = (request) => sendJson(request, 401, {});
  expect(await ask(1)).toMatchObject([{ code: 'UPSTREAM_UNAUTHORIZED', facts: { status: 401 } }]);
  await ask(10);
  expect(tokens.received).toHaveLength(2);
  clock.advance(30_000);
  await ask(10);
  expect(tokens.received).toHaveLength(3);
});

describe('a 403 that is not caused by the token', () => {
  const forbidden = simSid(0);
  beforeEach(() => {
    api.answer = (request) => {
      if (request.path.endsWith(forbidden)) sendJson(request, 403, { code: 20403, message: 'no' });
      else serveSim(request);
    };
  });

  it('causes at most one token request a minute', async () => {
    for (let second = 0; second < 180; second += 1) {
      expect(await ask(2)).toMatchObject([{ code: 'UPSTREAM_UNAUTHORIZED' }, { sid: simSid(1) }]);
      clock.advance(1_000);
    }
    // The first token, and one for each minute.
    expect(tokens.received).toHaveLength(1 + 3);
  });

  it('leaves the current token in use for other requests', async () => {
    await upstream.sim(simSid(1), scopeFor(clock));
    tokens.answer = () => {};
    const rejected = upstream.sim(forbidden, scopeFor(clock)).catch((error) => error);
    const request = await tokens.request(2);
    expect(await upstream.sim(simSid(1), scopeFor(clock))).toMatchObject({ sid: simSid(1) });
    expect(api.received.at(-1)?.headers.authorization).toBe('Bearer token-1');
    serveToken(request);
    expect(await rejected).toMatchObject({ code: 'UPSTREAM_UNAUTHORIZED', facts: { status: 403 } });
  });

  it.each([429, 500, 401])(
    'is reported as it is when the token endpoint responds with %i',
    async (status) => {
      await upstream.sim(simSid(1), scopeFor(clock));
      tokens.answer = (request) => sendJson(request, status, {}, { 'retry-after': '30' });
      expect(await upstream.sim(forbidden, scopeFor(clock)).catch((error) => error)).toMatchObject({
        code: 'UPSTREAM_UNAUTHORIZED',
        facts: { status: 403, code: 20403 },
      });
      expect(await upstream.sim(simSid(1), scopeFor(clock))).toMatchObject({ sid: simSid(1) });
    },
  );
});

it('client credentials are sent again after 30 seconds, however long the `Retry-After` is', async () => {
  tokens.answer = (request) => sendJson(request, 429, {}, { 'retry-after': '3600' });
  expect(await ask(1)).toMatchObject([{ code: 'RATE_LIMITED', retryAfter: 3600 }]);
  clock.advance(29_999);
  expect(await ask(1)).toMatchObject([{ code: 'RATE_LIMITED', retryAfter: 3571 }]);
  expect(tokens.received).toHaveLength(1);
  tokens.answer = serveToken;
  clock.advance(1);
  expect(await ask(1)).toMatchObject([{ sid: simSid(0) }]);
});

it('client credentials refresh the token before it expires, while requests use the current one', async () => {
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

it('client credentials wait for a new token when the current one has expired', async () => {
  await ask(1);
  clock.advance(3_600_000);
  expect(await ask(2)).toMatchObject([{ sid: simSid(0) }, { sid: simSid(1) }]);
  expect(tokens.received).toHaveLength(2);
});

it('client credentials that are rejected fail with UPSTREAM_UNAUTHORIZED and are not sent again for 10 seconds', async () => {
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

it.each([408, 425, 503])('client credentials are sent again after a %i', async (status) => {
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
  ['invalid JSON', '<html>'],
  ['a missing token', '{"expires_in":3600}'],
  ['a token with a line break', '{"access_token":"a\\r\\nb"}'],
  ['a token of another type', '{"access_token":"a","token_type":"mac"}'],
])('client credentials report %s as a bad response', async (_what, body) => {
  tokens.answer = ({ response }) => response.end(body);
  expect(await ask(1)).toMatchObject([{ code: 'UPSTREAM_BAD_RESPONSE' }]);
  expect(api.received).toHaveLength(0);
});

it('client credentials do not delay the abort of a request that waits for the token', async () => {
  tokens.answer = () => {};
  const scope = scopeFor(clock);
  const answered = rejection(upstream.sim(SIM, scope));
  await tokens.request(1);
  scope.abort('gone');
  expect(await answered).toBe('gone');
});
