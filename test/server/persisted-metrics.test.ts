import { afterEach, describe, expect, it } from 'vitest';
import { changeableFile } from '../support/accounts.js';
import { sha256, startWireGateway, type WireGateway } from '../support/wire.js';

const RESULTS = ['found', 'registered', 'unknown', 'rejected'] as const;

describe('gateway_persisted_operations_total', () => {
  let gateway: WireGateway;
  let query: string;

  const start = async (env: Record<string, string> = {}) => {
    gateway = await startWireGateway({ env: { CACHE_TTL_MS: '60000', ...env } });
    query = `{ sim(sid: "${gateway.sandbox.cleanSimSid}") { status } }`;
  };
  afterEach(() => gateway.close());

  /** Number of operations of each result. */
  async function counted(): Promise<Record<string, number>> {
    const { text } = await gateway.fetch('/metrics');
    const value = (result: string) =>
      Number(
        new RegExp(`^gateway_persisted_operations_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(
          text,
        )?.[1],
      );
    return Object.fromEntries(RESULTS.map((result) => [result, value(result)]));
  }
  const byHash = (document: string) => ({
    extensions: { persistedQuery: { version: 1, sha256Hash: sha256(document) } },
  });

  it('counts documents that are unknown, registered, and then found', async () => {
    await start();
    expect(await counted()).toEqual({ found: 0, registered: 0, unknown: 0, rejected: 0 });
    await gateway.post(byHash(query));
    await gateway.post({ query, ...byHash(query) });
    expect(await counted()).toEqual({ found: 0, registered: 1, unknown: 1, rejected: 0 });
    await gateway.post({ query, ...byHash(query) });
    expect((await gateway.post(byHash(query))).body).toMatchObject({ data: { sim: { status: 'ACTIVE' } } });
    expect(await counted()).toEqual({ found: 2, registered: 1, unknown: 1, rejected: 0 });
  });

  it('counts each operation once, whichever path executes it and wherever its response comes from', async () => {
    await start();
    await gateway.post({ query, ...byHash(query) });
    // Yoga, then the compiled operation, then its cached response.
    for (let round = 0; round < 10; round += 1) await gateway.post(byHash(query));
    expect(await counted()).toMatchObject({ found: 10, registered: 1 });
    // The fast path knows the operation before a client registers it.
    const other = `${query} `;
    for (let round = 0; round < 10; round += 1) await gateway.post({ query: other });
    await gateway.post({ query: other, ...byHash(other) });
    expect(await counted()).toEqual({ found: 10, registered: 2, unknown: 0, rejected: 0 });
  });

  it('counts operations whose request needs the whole Fetch API, and those by GET', async () => {
    await start();
    await gateway.post({ query, ...byHash(query) });
    await gateway.fetch('/graphql?', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(byHash(query)),
    });
    const parameters = new URLSearchParams({ extensions: JSON.stringify(byHash(query).extensions) });
    await gateway.fetch(`/graphql?${parameters}`, { headers: { 'x-graphql-yoga-csrf': '1' } });
    expect(await counted()).toEqual({ found: 2, registered: 1, unknown: 0, rejected: 0 });
  });

  it('counts documents that are rejected', async () => {
    await start();
    await gateway.post({ query, ...byHash('{ another }') });
    await gateway.post({ query });
    expect(await counted()).toEqual({ found: 0, registered: 0, unknown: 0, rejected: 1 });
  });

  it('counts operations of a manifest, and others as rejected if only those are allowed', async () => {
    const manifest = changeableFile({ [sha256('{ __typename }')]: '{ __typename }' });
    try {
      await start({ PERSISTED_OPERATIONS: manifest.path, PERSISTED_OPERATIONS_ONLY: 'on' });
      await gateway.post({ documentId: sha256('{ __typename }') });
      await gateway.post({ documentId: sha256('{ other }') });
      await gateway.post({ query });
      await gateway.post({ query, ...byHash(query) });
      expect(await counted()).toEqual({ found: 1, registered: 0, unknown: 1, rejected: 2 });
    } finally {
      manifest.remove();
    }
  });
});
