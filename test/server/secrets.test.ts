import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/index.js';
import { startIssuer } from '../support/issuer.js';
import { sha256, startWireGateway, type WireGateway } from '../support/wire.js';

/** All output of the gateway except for upstream requests. */
class Leaks {
  readonly #texts: string[] = [];

  async ask(gateway: WireGateway, authorization: string, query: string, variables?: object): Promise<void> {
    const answer = await gateway.post({ query, variables }, { authorization });
    this.add(answer.text, JSON.stringify([...answer.headers]));
  }

  add(...texts: readonly string[]): void {
    this.#texts.push(...texts);
  }

  /** Returns the secrets that it contains, in plain text or encoded. */
  found(secrets: readonly string[]): string[] {
    const all = this.#texts.join('\n');
    expect(all.length).toBeGreaterThan(1000);
    return secrets.flatMap(spellings).filter((text) => all.includes(text));
  }
}

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('hex'),
    encodeURIComponent(secret),
  ];
}

const FAULTS: readonly Fault[] = [
  { kind: 'status', status: 401 },
  { kind: 'status', status: 403, body: { message: 'x', error: 'Invalid or expired token' } },
  { kind: 'status', status: 429, retryAfter: 60, times: 1 },
  { kind: 'status', status: 500 },
  { kind: 'html' },
  { kind: 'truncate', what: 'json' },
  { kind: 'reset' },
  { kind: 'redirect', location: 'https://elsewhere.test/' },
  { kind: 'mutate', mutate: () => ({ status: 7 }) },
  { kind: 'foreignNext' },
];

/** Sends successful, rejected and failing requests, and requests that are not GraphQL. */
async function aDay(gateway: WireGateway, authorization: string): Promise<Leaks> {
  const leaks = new Leaks();
  const sid = gateway.sandbox.cleanSimSid;
  const whole = `query Whole($after: String) { sim(sid: "${sid}") { status iccid url links { dataSessions }
    dataSessions(first: 3, after: $after) { edges { cursor node { id sid cellId } } pageInfo { endCursor } } } }`;
  const ask = (query: string, variables?: object) => leaks.ask(gateway, authorization, query, variables);
  await ask(whole);
  await ask(whole, { after: 'nonsense' });
  await ask('{ sim(sid: "nonsense") { sid } }');
  await ask('{ nonsense }');
  await ask('{');
  await ask('{ _service { sdl } }');
  for (const fault of FAULTS) {
    const end = gateway.sandbox.faults.add(fault);
    await ask(whole);
    end();
  }
  await leaks.ask(gateway, 'Bearer nonsense', whole);
  await leaks.ask(gateway, `${authorization}x`, whole);
  for (const path of ['/metrics', '/ready', '/health', '/nowhere']) {
    const answer = await gateway.fetch(path, { headers: { authorization } });
    leaks.add(answer.text, JSON.stringify([...answer.headers]));
  }
  leaks.add(...gateway.log);
  return leaks;
}

describe('responses, log lines and metrics contain no secret', () => {
  it('with static tokens and a Twilio account', async () => {
    const token = 'the-token-of-the-dashboard';
    const gateway = await startWireGateway({
      env: {
        GATEWAY_AUTH: 'token',
        GATEWAY_TOKENS: `dashboard:${sha256(token)}:wireless:read+wireless:location`,
        OPERATION_TIMEOUT_MS: '2000',
      },
    });
    const { accountSid, authToken } = gateway.sandbox.credentials;
    const leaks = await aDay(gateway, `Bearer ${token}`);
    await gateway.close();
    const basic = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
    const hash = createHash('sha256').update(token).digest();
    expect(leaks.found([token, hash.toString('hex'), hash.toString('base64'), authToken, basic])).toEqual([]);
  });

  it('with tokens of an issuer and a KORE account', async () => {
    const issuer = await startIssuer();
    const gateway = await startWireGateway({
      sandbox: { dialect: 'kore' },
      env: {
        GATEWAY_AUTH: 'jwt',
        JWT_JWKS_URL: issuer.jwksUrl,
        JWT_ISSUER: issuer.issuer,
        JWT_AUDIENCE: issuer.audience,
        OPERATION_TIMEOUT_MS: '2000',
      },
    });
    const token = await issuer.sign({ scope: 'wireless:read wireless:location' });
    const bearers: string[] = [];
    gateway.sandbox.faults.add({
      kind: 'mutate',
      path: '/token',
      mutate: (body) => {
        bearers.push(String(body.access_token));
        return body;
      },
    });
    const { clientId, clientSecret } = gateway.sandbox.credentials;
    const leaks = await aDay(gateway, `Bearer ${token}`);
    await gateway.close();
    await issuer.close();
    expect(bearers.length).toBeGreaterThan(0);
    const [, claims, signature] = token.split('.');
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const secrets = [token, `${claims}`, `${signature}`, clientSecret, basic, ...bearers];
    expect(leaks.found(secrets)).toEqual([]);
  });
});
