import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../src/app.js';
import { readConfig } from '../../src/config/index.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { accountOf, type ChangeableFile, changeableFile } from '../support/accounts.js';
import { type Issuer, startIssuer } from '../support/issuer.js';
import { sha256 } from '../support/wire.js';

interface SimData {
  readonly id: string;
  readonly dataSessions: {
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly sid: string } }[];
  };
}

interface Data {
  readonly sim?: SimData | undefined;
  readonly node?: SimData;
  readonly _entities?: readonly SimData[];
}

interface Body {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
  readonly extensions: { readonly upstream: { readonly requests: number; readonly cacheHits: number } };
}

/** Two accounts with the same SIDs and different sessions: whatever is mixed up shows another account's sessions. */
describe('two accounts of one gateway', () => {
  let sandboxes: { acme: Sandbox; korp: Sandbox };
  let file: ChangeableFile;
  let gateway: Gateway;
  let log: string[] = [];
  let env: Record<string, string>;
  let sid: string;

  beforeAll(async () => {
    sandboxes = { acme: await startSandbox({ seed: 1 }), korp: await startSandbox({ seed: 2 }) };
    sid = sandboxes.acme.cleanSimSid;
    expect(sandboxes.korp.simSids).toContain(sid);
    file = changeableFile({
      accounts: [accountOf('acme', sandboxes.acme), accountOf('korp', sandboxes.korp)],
    });
    env = {
      FAST_PATH: process.env.FAST_PATH ?? '',
      UPSTREAM_ACCOUNTS: file.path,
      CACHE_TTL_MS: '600000',
      CURSOR_SECRETS: 'one-secret-for-both-accounts-of-the-test',
      GATEWAY_AUTH: 'token',
      GATEWAY_TOKENS:
        `a:${sha256('acme')}:wireless:read+wireless:location+wireless:messages:acme,` +
        `b:${sha256('korp')}:wireless:read+wireless:location+wireless:messages:korp`,
    };
    const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
    gateway = await startGateway({ ...readConfig(env), port: 0 }, logger);
  });
  afterAll(async () => {
    await gateway.close();
    await sandboxes.acme.close();
    await sandboxes.korp.close();
    file.remove();
  });
  beforeEach(() => {
    log = [];
  });

  async function post(token: string, body: object, headers: Record<string, string> = {}): Promise<Body> {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Body;
  }

  const SESSIONS =
    'query Sessions($sid: ID!, $first: Int, $after: String) { sim(sid: $sid) { id dataSessions(first: $first, after: $after) { edges { cursor node { id sid start } } } } }';
  /** SIDs of the sessions in an answer. */
  const sidsOf = ({ data }: Body): readonly string[] =>
    (data?.sim?.dataSessions.edges ?? []).map(({ node }) => node.sid);
  const sessionsOf = async (token: string, variables: object = {}, query = SESSIONS) =>
    sidsOf(await post(token, { query, variables: { sid, first: 5, ...variables } }));

  it('each answer with their own sessions, on both execution paths and from every cache', async () => {
    const own: Record<string, readonly string[]> = {
      acme: await sessionsOf('acme'),
      korp: await sessionsOf('korp'),
    };
    expect(own.acme).not.toEqual(own.korp);
    // Compiled after some executions, then kept as bytes.
    for (let round = 0; round < 6; round += 1)
      for (const token of ['acme', 'korp']) expect(await sessionsOf(token)).toEqual(own[token]);
  });

  it('share no upstream request that is in flight', async () => {
    const query = SESSIONS.replace('Sessions', 'InFlight');
    const rounds = Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? 'acme' : 'korp'));
    const answers = await Promise.all(rounds.map((token) => sessionsOf(token, { first: 7 }, query)));
    const [acme, korp] = [answers[0], answers[1]];
    expect(acme).not.toEqual(korp);
    for (const [at, sids] of answers.entries()) expect(sids).toEqual(at % 2 === 0 ? acme : korp);
  });

  it('reject the cursors of each other without a request, although their secret is the same', async () => {
    const { data } = await post('acme', { query: SESSIONS, variables: { sid, first: 3 } });
    const after = data?.sim?.dataSessions.edges[1]?.cursor;
    const before = sandboxes.korp.requests.length;
    const answer = await post('korp', { query: SESSIONS, variables: { sid, first: 3, after } });
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(sandboxes.korp.requests.length).toBe(before);
    expect(await sessionsOf('acme', { first: 3, after })).toHaveLength(3);
  });

  it('read global ids and entities from their own upstream', async () => {
    const { data } = await post('acme', { query: SESSIONS, variables: { sid, first: 3 } });
    const id = data?.sim?.id;
    const node =
      'query Node($id: ID!) { node(id: $id) { ... on Sim { dataSessions(first: 5) { edges { node { sid } } } } } }';
    const entity =
      'query Entity($sid: ID!) { _entities(representations: [{ __typename: "Sim", sid: $sid }]) { ... on Sim { dataSessions(first: 5) { edges { node { sid } } } } } }';
    for (const token of ['acme', 'korp']) {
      const own = await sessionsOf(token);
      for (let round = 0; round < 4; round += 1) {
        const byId = await post(token, { query: node, variables: { id } });
        expect(sidsOf({ ...byId, data: { sim: byId.data?.node } })).toEqual(own);
        const byEntity = await post(token, { query: entity, variables: { sid } });
        expect(sidsOf({ ...byEntity, data: { sim: byEntity.data?._entities?.[0] } })).toEqual(own);
      }
    }
  });

  it('answer a persisted operation of the other caller with their own sessions', async () => {
    const query = SESSIONS.replace('Sessions', 'Persisted');
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const variables = { sid, first: 5 };
    expect(sidsOf(await post('acme', { query, variables, extensions }))).toEqual(await sessionsOf('acme'));
    for (let round = 0; round < 6; round += 1)
      expect(sidsOf(await post('korp', { variables, extensions }))).toEqual(await sessionsOf('korp'));
  });

  it('cannot be chosen by anything in the request but the token', async () => {
    const own = await sessionsOf('acme');
    const query = SESSIONS.replace('Sessions', 'Chosen');
    for (const headers of [{ 'x-account': 'korp' }, { account: 'korp' }, { cookie: 'account=korp' }]) {
      const body = { query, variables: { sid, first: 5, account: 'korp' }, extensions: { account: 'korp' } };
      expect(sidsOf(await post('acme', body, headers))).toEqual(own);
    }
  });

  it('fail apart: the breaker and the pauses of one do not stop the other', async () => {
    sandboxes.acme.faults.add({ kind: 'status', status: 503 });
    try {
      for (const [at, simSid] of sandboxes.acme.simSids.slice(0, 12).entries())
        await post('acme', { query: `query Q${at} { sim(sid: "${simSid}") { status } }` });
      const ready = await (await fetch(`${gateway.url}/ready`)).json();
      expect(ready).toEqual({
        ready: true,
        upstream: { state: 'failing', accounts: { ok: 1, throttled: 0, failing: 1, unauthorized: 0 } },
      });
      const answer = await post('korp', { query: '{ sims(first: 3) { nodes { status } } }' });
      expect(answer.errors).toBeUndefined();
      const headers = { authorization: 'Bearer korp' };
      const metrics = await (await fetch(`${gateway.url}/metrics`, { headers })).text();
      expect(metrics).toContain('gateway_upstream_state{account="acme",state="failing"} 1');
      expect(metrics).toContain('gateway_upstream_state{account="korp",state="ok"} 1');
      expect(
        log.some((line) => line.includes('"account":"acme"') && line.includes('upstream unavailable')),
      ).toBe(true);
    } finally {
      sandboxes.acme.faults.clear();
    }
  });

  it('are read again without a restart: one is replaced, one is removed, one is added', async () => {
    const third = await startSandbox({ seed: 3 });
    try {
      const former = await sessionsOf('acme');
      file.write({ accounts: [accountOf('acme', third), accountOf('new', sandboxes.korp)] });
      const tokens = `a:${sha256('acme')}:wireless:read:acme,c:${sha256('new')}:wireless:read:new`;
      gateway.reload(readConfig({ ...env, GATEWAY_TOKENS: tokens }));
      const now = await sessionsOf('acme');
      expect(now).toHaveLength(5);
      expect(now).not.toEqual(former);
      expect(await sessionsOf('new')).toHaveLength(5);
      expect((await post('korp', { query: '{ __typename }' })).errors?.[0]?.extensions.code).toBe(
        'UNAUTHENTICATED',
      );
      const headers = { authorization: 'Bearer acme' };
      const metrics = await (await fetch(`${gateway.url}/metrics`, { headers })).text();
      expect(metrics).not.toContain('gateway_upstream_breaker_state{account="korp"');
      const audit = log.map((line) => JSON.parse(line)).filter((line) => line.audit !== undefined);
      expect(audit.map(({ audit, account, change }) => [audit, account, change])).toEqual([
        ['account', 'korp', 'removed'],
        ['account', 'acme', 'replaced'],
        ['account', 'new', 'added'],
        ['tokens', undefined, 'replaced'],
      ]);
      // Another account of the vendor is another account, whatever its name.
      const other = { accountSid: 'AC00000000000000000000000000000000' };
      file.write({ accounts: [accountOf('acme', third, other), accountOf('new', sandboxes.korp)] });
      gateway.reload(readConfig({ ...env, GATEWAY_TOKENS: tokens }));
      const refused = await post('acme', { query: SESSIONS, variables: { sid, first: 5 } });
      expect(refused.errors?.map(({ extensions }) => extensions.code)).toContain('UPSTREAM_UNAUTHORIZED');
    } finally {
      await third.close();
    }
  });
});

describe('an account named by a JWT', () => {
  let sandbox: Sandbox;
  let issuer: Issuer;
  let file: ChangeableFile;
  let gateway: Gateway;

  beforeAll(async () => {
    sandbox = await startSandbox();
    issuer = await startIssuer();
    file = changeableFile({ accounts: [accountOf('acme', sandbox), accountOf('korp', sandbox)] });
    const env = {
      UPSTREAM_ACCOUNTS: file.path,
      GATEWAY_AUTH: 'jwt',
      JWT_JWKS_URL: issuer.jwksUrl,
      JWT_ISSUER: issuer.issuer,
      JWT_AUDIENCE: issuer.audience,
      JWT_ACCOUNT_CLAIM: 'tenant',
    };
    gateway = await startGateway({ ...readConfig(env), port: 0 }, pino({ level: 'silent' }));
  });
  afterAll(async () => {
    await gateway.close();
    await issuer.close();
    await sandbox.close();
    file.remove();
  });

  const statusFor = async (claims: Record<string, unknown>) => {
    const token = await issuer.sign({ scope: 'wireless:read', claims });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const body = JSON.stringify({ query: '{ caller { scopes } }' });
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
    const { errors } = (await response.json()) as Body;
    return [response.status, errors?.[0]?.extensions.code];
  };

  it('is read from the configured claim', async () => {
    expect(await statusFor({ tenant: 'korp' })).toEqual([200, undefined]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['is missing', {}],
    ['is in another claim', { account: 'acme' }],
    ['is not served', { tenant: 'other' }],
    ['is a list', { tenant: ['acme'] }],
    ['is a name of every object', { tenant: 'constructor' }],
  ])('is refused if it %s', async (_what, claims) => {
    expect(await statusFor(claims)).toEqual([403, 'FORBIDDEN']);
  });
});
