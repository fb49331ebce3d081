import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '@graphql-codegen/cli';
import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionsPage } from '../support/documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

const byHash = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

interface Answer {
  readonly data?: Record<string, unknown>;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

async function post(gateway: TestGateway, body: object): Promise<Answer> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Answer;
}

async function get(gateway: TestGateway, parameters: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${gateway.url}/graphql?${new URLSearchParams(parameters)}`, {
    headers: { 'content-type': 'application/json', accept: 'application/json' },
  });
  return (await response.json()) as Answer;
}

const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions.code;

describe('operations persisted with the manifest that the client preset writes', () => {
  let folder: string;
  let manifest: string;
  let id: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'persisted-'));
    await generate(
      {
        schema: 'schema.graphql',
        documents: print(SessionsPage),
        generates: {
          [`${folder}/`]: {
            preset: 'client',
            presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
          },
        },
        silent: true,
      },
      true,
    );
    manifest = join(folder, 'persisted-documents.json');
    [id = ''] = Object.keys(JSON.parse(await readFile(manifest, 'utf8')));
  });
  afterAll(() => rm(folder, { recursive: true }));

  describe('beside any others', () => {
    let gateway: TestGateway;
    beforeAll(async () => {
      gateway = await startTestGateway({ env: { PERSISTED_OPERATIONS: manifest } });
    });
    afterAll(() => gateway.close());

    it('are run by their `documentId`, with variables, by POST and by GET', async () => {
      const variables = { sid: gateway.sandbox.simSids[0], first: 2 };
      const whole = await post(gateway, { query: print(SessionsPage), variables });
      expect(whole.errors).toBeUndefined();
      expect((await post(gateway, { documentId: id, variables })).data).toEqual(whole.data);
      const parameters = { documentId: id, variables: JSON.stringify(variables) };
      expect((await get(gateway, parameters)).data).toEqual(whole.data);
    });

    it('are run by the hash that Apollo clients send', async () => {
      const variables = { sid: gateway.sandbox.simSids[0], first: 2 };
      const answer = await post(gateway, { ...byHash(id.replace('sha256:', '')), variables });
      expect(answer.data).toHaveProperty('sim.dataSessions.edges.length', 2);
    });

    it('with an unknown id say so, in the words that clients wait for', async () => {
      const answer = await post(gateway, { documentId: `sha256:${hashOf('unknown')}` });
      expect(answer.errors).toMatchObject([
        { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ]);
      expect(answer).not.toHaveProperty('data');
    });

    it('leave other operations alone', async () => {
      expect((await post(gateway, { query: '{ __typename }' })).data).toEqual({ __typename: 'Query' });
    });
  });

  describe('and no others', () => {
    let gateway: TestGateway;
    beforeAll(async () => {
      const env = { PERSISTED_OPERATIONS: manifest, PERSISTED_OPERATIONS_ONLY: 'on' };
      gateway = await startTestGateway({ env });
    });
    afterAll(() => gateway.close());

    it('are run by their id, whatever text comes with it', async () => {
      const variables = { sid: gateway.sandbox.simSids[0], first: 2 };
      const answer = await post(gateway, {
        documentId: id,
        query: '{ __schema { types { name } } }',
        variables,
      });
      expect(answer.data).toHaveProperty('sim.dataSessions.edges.length', 2);
    });

    it('keep out every other text, with a hash or without', async () => {
      const query = '{ __typename }';
      expect(codeOf(await post(gateway, { query }))).toBe('FORBIDDEN');
      expect(codeOf(await get(gateway, { query }))).toBe('FORBIDDEN');
      expect(codeOf(await post(gateway, { query, ...byHash(hashOf(query)) }))).toBe('FORBIDDEN');
      expect(codeOf(await post(gateway, byHash(hashOf(query))))).toBe('PERSISTED_QUERY_NOT_FOUND');
    });
  });
});

describe('automatic persisted queries', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.close());

  it('learn a text that comes with its hash, and run it by the hash from then on', async () => {
    const query = '{ it: __typename }';
    expect(codeOf(await post(gateway, byHash(hashOf(query))))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect((await post(gateway, { query, ...byHash(hashOf(query)) })).data).toEqual({ it: 'Query' });
    expect((await post(gateway, byHash(hashOf(query)))).data).toEqual({ it: 'Query' });
    const extensions = JSON.stringify(byHash(hashOf(query)).extensions);
    expect((await get(gateway, { extensions })).data).toEqual({ it: 'Query' });
  });

  it('refuse a text that has another hash, and do not learn it', async () => {
    const hash = hashOf('{ other: __typename }');
    expect(codeOf(await post(gateway, { query: '{ it: __typename }', ...byHash(hash) }))).toBe(
      'BAD_USER_INPUT',
    );
    expect(codeOf(await post(gateway, byHash(hash)))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});
