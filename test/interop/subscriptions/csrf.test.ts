import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CSRF_HEADERS } from '../../../src/http/graphql-handler.js';
import { type LiveGateway, startLiveGateway } from '../../live/gateway.js';
import { LiveSim } from './live-sim.js';

const TYPES = ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'];

let live: LiveGateway;
let query: string;
beforeEach(async () => {
  live = await startLiveGateway();
  query = `subscription { dataSessionEvents(simSid: "${new LiveSim(live).sid}") { kind } }`;
});
afterEach(() => live.close());

function get(headers: Record<string, string>): Promise<Response> {
  return fetch(`${live.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
}

async function expectForbidden(response: Response): Promise<void> {
  expect(response.status).toBe(403);
  expect(await response.text()).toContain('Required CSRF header(s) not present');
  expect(live.sandbox.requests).toEqual([]);
}

/** Reads a response until it has an event, and disconnects. */
async function expectEvents({ status, body }: Response): Promise<void> {
  expect(status).toBe(200);
  let text = '';
  for await (const chunk of Readable.fromWeb(body as never)) {
    text += Buffer.from(chunk).toString();
    if (text.includes('"kind":"SNAPSHOT"')) return;
  }
  throw new Error(`expected an event: ${text}`);
}

describe.each(TYPES)('A subscription that accepts %s', (accept) => {
  it('is forbidden by GET without a further header, as a page of another site can send it', async () => {
    await expectForbidden(await get({ accept }));
  });

  it.each(CSRF_HEADERS)('is served by GET with the header %s', async (name) => {
    await expectEvents(await get({ accept, [name]: '1' }));
  });

  it.each([
    ['text/plain', () => JSON.stringify({ query })],
    ['application/x-www-form-urlencoded', () => new URLSearchParams({ query }).toString()],
  ])('is forbidden by POST of %s, as a page of another site can send it', async (type, body) => {
    await expectForbidden(
      await fetch(`${live.url}/graphql`, {
        method: 'POST',
        headers: { accept, 'content-type': type },
        body: body(),
      }),
    );
  });
});
