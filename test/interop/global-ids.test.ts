import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

it('a session has the same id from one answer to the next, and a SIM is refetched by its own', async () => {
  const [sid] = gateway.sandbox.simSids;
  const query = `query ($sid: ID!) {
    sim(sid: $sid) { id dataSessions(first: 100) { edges { node { id } } } }
  }`;
  const [once, again] = [await gateway.sendText(query, { sid }), await gateway.sendText(query, { sid })];
  expect(again.data).toEqual(once.data);
  const id = (once.data?.sim as { id: string } | undefined)?.id;
  const refetched = await gateway.sendText('query ($id: ID!) { node(id: $id) { id ... on Sim { sid } } }', {
    id,
  });
  expect(refetched.data).toEqual({ node: { id, sid } });
});
