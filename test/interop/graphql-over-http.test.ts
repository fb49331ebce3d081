import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { peer } from './peers.js';

interface Audit {
  readonly id: string;
  readonly name: string;
  fn(): Promise<{ readonly status: 'ok' | 'notice' | 'warn' | 'error'; readonly reason?: string }>;
}

const { serverAudits } = peer<{ serverAudits(options: { url: () => string }): Audit[] }>('graphql-http');

/** Audits of GET without a CSRF header, which CSRF prevention rejects. */
const NOTICES: ReadonlySet<string> = new Set(['5A70', 'D6D5', '6A70']);

describe('GraphQL over HTTP (audits of graphql-http)', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.close());

  const audits = serverAudits({ url: () => `${gateway.url}/graphql` });

  it('has 61 requirements', () => {
    expect(audits).toHaveLength(61);
  });

  for (const audit of audits) {
    it(`${audit.id} ${audit.name}`, async () => {
      const { status, reason } = await audit.fn();
      expect(status, reason).toBe(NOTICES.has(audit.id) ? 'notice' : 'ok');
    });
  }
});
