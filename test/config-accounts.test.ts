import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config/index.js';
import { sha256 } from './support/wire.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'accounts-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

let files = 0;
function fileWith(content: unknown): string {
  files += 1;
  const path = join(FOLDER, `file-${files}`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const ACME = { name: 'acme', dialect: 'twilio', accountSid: 'AC1', authToken: 'acme-token' };
const KORP = { name: 'korp', dialect: 'kore', clientId: 'korp-client', clientSecret: 'korp-secret' };
const HASH = sha256('a-token');
const TOKENS = {
  GATEWAY_AUTH: 'token',
  GATEWAY_TOKENS: `a:${HASH}:wireless:read+wireless:location:acme,b:${sha256('b')}:wireless:read:korp`,
};
const read = (accounts: unknown[], env: Record<string, string> = TOKENS) =>
  readConfig({ UPSTREAM_ACCOUNTS: fileWith({ accounts }), ...env });

describe('UPSTREAM_ACCOUNTS', () => {
  it('has an upstream for each account, with the defaults of its dialect', () => {
    const { accounts } = read([
      { ...ACME, concurrency: 3 },
      { ...KORP, url: 'https://korp.test/' },
    ]);
    expect(accounts).toMatchObject([
      {
        name: 'acme',
        concurrency: 3,
        upstream: {
          dialect: 'twilio',
          baseUrl: 'https://wireless.twilio.com',
          auth: { kind: 'basic', user: 'AC1', password: 'acme-token' },
        },
      },
      {
        name: 'korp',
        concurrency: 20,
        upstream: {
          dialect: 'kore',
          baseUrl: 'https://korp.test',
          publicBaseUrl: 'https://programmable-wireless.api.korewireless.com',
          auth: { clientId: 'korp-client', clientSecret: 'korp-secret' },
        },
      },
    ]);
  });

  it('takes values from variables and files, and names the files', () => {
    const secret = fileWith('from-a-file\n');
    const config = read([{ ...ACME, accountSid: 'env:SID_OF_ACME', authToken: `file:${secret}` }, KORP], {
      ...TOKENS,
      SID_OF_ACME: 'AC2',
    });
    expect(config.accounts?.[0]?.upstream.auth).toEqual({
      kind: 'basic',
      user: 'AC2',
      password: 'from-a-file',
    });
    expect(config.files).toContain(secret);
    expect(config.files).toHaveLength(2);
  });

  it('gives each bearer token its account', () => {
    const { auth } = read([ACME, KORP]);
    expect(auth).toMatchObject({ tokens: [{ account: 'acme' }, { account: 'korp' }] });
  });

  it('gives bearer tokens without an account the only one', () => {
    const { auth } = read([ACME], { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${HASH}:wireless:read` });
    expect(auth).toMatchObject({ tokens: [{ account: 'acme' }] });
  });

  it.each<[string, unknown]>([
    ['is no JSON', 'accounts: []'],
    ['has no list', { accounts: {} }],
    ['has no account', { accounts: [] }],
    ['is a list', [ACME]],
  ])('is rejected if the file %s', (_what, content) => {
    const env = { ...TOKENS, UPSTREAM_ACCOUNTS: fileWith(content) };
    expect(() => readConfig(env)).toThrow(/^UPSTREAM_ACCOUNTS: expected [^\n]+$/);
  });

  it.each<[string, object, RegExp]>([
    ['without a name', { name: undefined }, /`name`.* in account 1$/],
    ['with a name that is no label', { name: 'a b' }, /`name`.* in account 1$/],
    ['of an unknown dialect', { dialect: 'att' }, /`dialect` to be twilio or kore in account 1 \(acme\)$/],
    ['with a part of the credentials', { authToken: undefined }, /`accountSid` and `authToken`, or /],
    ['with an unknown member', { autToken: 'x' }, /not "autToken", in account 1 \(acme\)$/],
    ['with credentials of the other dialect', { clientId: 'x' }, /not "clientId"/],
    [
      'with a reference to a variable that is not set',
      { authToken: 'env:NOWHERE' },
      /`authToken` to refer to/,
    ],
    ['with a reference to a missing file', { authToken: 'file:/nowhere' }, /`authToken` to refer to/],
    ['with a URL that is none', { url: 'upstream' }, /`url` to be an http\(s\) URL/],
    ['with a concurrency of 0', { concurrency: 0 }, /`concurrency` to be an integer from 1/],
    ['with a number as a credential', { authToken: 7 }, /`authToken` to be a credential/],
  ])('rejects an account %s, and quotes no value', (_what, change, expected) => {
    expect(() => read([{ ...ACME, ...change }, KORP])).toThrow(expected);
    expect(() => read([{ ...ACME, ...change }, KORP])).not.toThrow(/acme-token/);
  });

  it('rejects two accounts of one name', () => {
    expect(() => read([ACME, ACME, KORP])).toThrow(/a unique `name` in account 2$/);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'credentials of a single account',
      { ...TOKENS, TWILIO_AUTH_TOKEN: 'x' },
      /^UPSTREAM_ACCOUNTS: excludes TWILIO_AUTH_TOKEN/,
    ],
    [
      'anonymous callers of several accounts',
      { GATEWAY_AUTH: 'none' },
      /^GATEWAY_AUTH: expected token or jwt/,
    ],
    ['anonymous callers that are not explicit', {}, /^GATEWAY_AUTH: expected token or jwt/],
    [
      'a token without an account',
      { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${HASH}:wireless:read` },
      /^GATEWAY_TOKENS: a needs an account/,
    ],
    [
      'a token of an account that is not in the file',
      { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${HASH}:wireless:read:other` },
      /^GATEWAY_TOKENS: a needs an account/,
    ],
  ])('does not go with %s', (_what, env, expected) => {
    expect(() => read([ACME, KORP], env)).toThrow(expected);
  });

  it('limits WORKERS to the fewest upstream requests of an account', () => {
    const accounts = [{ ...ACME, concurrency: 2 }, KORP];
    expect(read(accounts, { ...TOKENS, WORKERS: '2' }).workers).toBe(2);
    expect(() => read(accounts, { ...TOKENS, WORKERS: '3' })).toThrow(
      /^WORKERS: expected at most .* which is 2$/,
    );
  });

  it('is needed by a token that names an account', () => {
    const env = { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${HASH}:wireless:read:acme` };
    expect(() => readConfig(env)).toThrow(/^GATEWAY_TOKENS: a names an account/);
  });
});

describe('NAME_FILE', () => {
  it('has the path of a file whose content is the value', () => {
    const config = readConfig({
      TWILIO_ACCOUNT_SID: 'AC1',
      TWILIO_AUTH_TOKEN_FILE: fileWith('a-token\n'),
      CURSOR_SECRETS_FILE: fileWith(`${'n'.repeat(32)},${'o'.repeat(32)}\n`),
      REDIS_URL_FILE: fileWith('redis://127.0.0.1'),
    });
    expect(config.accounts?.[0]?.upstream.auth).toMatchObject({ password: 'a-token' });
    expect(config.cursorSecrets).toEqual(['n'.repeat(32), 'o'.repeat(32)]);
    expect(config.redis).toMatchObject({ kind: 'standalone' });
    expect(config.files).toHaveLength(3);
  });

  it('is rejected beside the variable itself, and if the file is empty', () => {
    const path = fileWith('  \n');
    expect(() => readConfig({ CURSOR_SECRETS_FILE: path })).toThrow(/^CURSOR_SECRETS_FILE: expected [^\n]+$/);
    expect(() => readConfig({ CURSOR_SECRETS: 'x'.repeat(32), CURSOR_SECRETS_FILE: path })).toThrow(
      /^CURSOR_SECRETS_FILE: expected it or CURSOR_SECRETS, not both/,
    );
  });
});
