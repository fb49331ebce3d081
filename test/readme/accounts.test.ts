import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/index.js';
import { readinessAnswer } from '../../src/observability/operational-endpoints.js';
import { sha256 } from '../support/wire.js';
import { block } from './blocks.js';

describe('docs/accounts.md', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'accounts-'));
    for (const name of ['acme-token', 'korp']) writeFileSync(join(folder, name), `content-of-${name}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('shows a file of accounts that is valid, with its references', () => {
    const path = join(folder, 'accounts.json');
    writeFileSync(path, block('accounts').replaceAll('/run/secrets', folder));
    const { accounts } = readConfig({
      UPSTREAM_ACCOUNTS: path,
      ACME_SID: 'AC1',
      GATEWAY_AUTH: 'token',
      GATEWAY_TOKENS: `router:${sha256('a-token')}:wireless:read:acme`,
    });
    expect(accounts).toMatchObject([
      { name: 'acme', upstream: { auth: { user: 'AC1', password: 'content-of-acme-token' } } },
      { name: 'korp', concurrency: 10, upstream: { auth: { clientSecret: 'content-of-korp' } } },
    ]);
  });

  it('shows what `/ready` says of several accounts', () => {
    const { body } = readinessAnswer({ upstreams: ['ok', 'failing'], redis: null }, null);
    expect(JSON.parse(body)).toEqual(JSON.parse(block('accounts-ready')));
  });
});
