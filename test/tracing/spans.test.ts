import { afterEach, describe, expect, it } from 'vitest';
import { startTracedGateway, type TracedGateway, treesOf } from './traced-gateway.js';

let gateway: TracedGateway;
afterEach(() => gateway.close());

const SESSIONS =
  'query Sessions($sid: ID!) { sim(sid: $sid) { status dataSessions(first: 3) { nodes { start } } } }';

describe('the spans of an operation', () => {
  it('are the operation, the walk, the fetch and the attempt', async () => {
    gateway = await startTracedGateway();
    const sid = gateway.sandbox.cleanSimSid;
    await gateway.post({ query: SESSIONS, variables: { sid } });
    const spans = await gateway.stop();
    console.dir(treesOf(spans), { depth: 9 });
    console.dir(gateway.receiver.resource());
    expect(spans).toHaveLength(7);
  });
});
