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

describe('PERSISTED_OPERATIONS with a manifest of the client preset', () => {
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

  describe('without PERSISTED_OPERATIONS_ONLY', () => {
    let gateway: TestGateway;
    beforeAll(async () => {
      gateway = await startTestGateway({ env: { PERSISTED_OPERATIONS: manifest } });
    });
    afterAll(() => gateway.close());

    it('executes operations by `documentId`, by POST and GET', async () => {
      const variables = { sid: gateway.sandbox.simSids[0], first: 2 };
      const whole = await post(gateway, { query: print(SessionsPage), variables });
      expect(whole.errors).toBeUndefined();
      expect((await post(gateway, { documentId: id, variables })).data).toEqual(whole.data);
      const parameters = { documentId: id, variables: JSON.stringify(variables) };
      expect((await get(gateway, parameters)).data).toEqual(whole.data);
    });

    it('executes operations by the hash of Apollo clients', async () => {
      const variables = { sid: gateway.sandbox.simSids[0], first: 2 };
      const answer = await post(gateway, { ...byHash(id.replace('sha256:', '')), variables });
      expect(answer.data).toHaveProperty('sim.dataSessions.edges.length', 2);
    });

    it('rejects an unknown ID with the message and code that clients expect', async () => {
      const answer = await post(gateway, { documentId: `sha256:${hashOf('unknown')}` });
      expect(answer.errors).toMatchObject([
        { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ]);
      expect(answer).not.toHaveProperty('data');
    });

    it('executes other operations', async () => {
      expect((await post(gateway, { query: '{ __typename }' })).data).toEqual({ __typename: 'Query' });
    });
  });

  describe('with PERSISTED_OPERATIONS_ONLY', () => {
    let gateway: TestGateway;
    beforeAll(async () => {
      const env = { PERSISTED_OPERATIONS: manifest, PERSISTED_OPERATIONS_ONLY: 'on' };
      gateway = await startTestGateway({ env });
    });
    afterAll(() => gateway.close());

    it('executes operations by ID, whatever document is sent with it', async () => {
      const variables = { sid: gateway.sandbox.simSids[0], first: 2 };
      const answer = await post(gateway, {
        documentId: id,
        query: '{ __schema { types { name } } }',
        variables,
      });
      expect(answer.data).toHaveProperty('sim.dataSessions.edges.length', 2);
    });

    it('rejects all other documents, with or without a hash', async () => {
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

  it('register a document with its hash and execute it by the hash', async () => {
    const query = '{ it: __typename }';
    expect(codeOf(await post(gateway, byHash(hashOf(query))))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect((await post(gateway, { query, ...byHash(hashOf(query)) })).data).toEqual({ it: 'Query' });
    expect((await post(gateway, byHash(hashOf(query)))).data).toEqual({ it: 'Query' });
    const extensions = JSON.stringify(byHash(hashOf(query)).extensions);
    expect((await get(gateway, { extensions })).data).toEqual({ it: 'Query' });
  });

  it('reject a document with another hash and do not register it', async () => {
    const hash = hashOf('{ other: __typename }');
    expect(codeOf(await post(gateway, { query: '{ it: __typename }', ...byHash(hash) }))).toBe(
      'BAD_USER_INPUT',
    );
    expect(codeOf(await post(gateway, byHash(hash)))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});
