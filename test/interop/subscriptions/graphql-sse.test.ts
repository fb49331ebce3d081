import { type ExecutionResult, print } from 'graphql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SessionEventsSubscription } from '../../graphql/graphql.js';
import { type LiveGateway, startLiveGateway } from '../../live/gateway.js';
import { Deliveries, eventsOf } from './deliveries.js';
import { SessionEvents } from './documents.js';
import { createSseClient, type SseClient, type SseRequest } from './graphql-sse.js';
import { expectNoPoller, expectSession, expectSnapshot, LiveSim, pollsEnded } from './live-sim.js';

const query = print(SessionEvents);

let live: LiveGateway;
let sim: LiveSim;
let client: SseClient;
/** The connection that the client has opened last. */
let connection: AbortController;
beforeEach(async () => {
  live = await startLiveGateway();
  sim = new LiveSim(live);
  client = createSseClient({
    url: `${live.url}/graphql`,
    fetchFn(url, options) {
      connection = new AbortController();
      return fetch(url, { ...options, signal: AbortSignal.any([options.signal, connection.signal]) });
    },
    retry: () => pollsEnded(live),
  });
});
afterEach(() => {
  client.dispose();
  return live.close();
});

function subscribe(request: SseRequest) {
  const deliveries = new Deliveries<ExecutionResult<SessionEventsSubscription>>();
  const unsubscribe = client.subscribe(request, deliveries.observer);
  return {
    deliveries,
    unsubscribe,
    next: eventsOf(deliveries),
  };
}

it('graphql-sse receives a snapshot and the events of a session', async () => {
  const { next } = subscribe({ query, variables: { simSid: sim.sid } });
  await expectSession(sim, next);
});

it('graphql-sse ends the polls when it unsubscribes', async () => {
  const { next, unsubscribe } = subscribe({ query, variables: { simSid: sim.sid } });
  await expectSnapshot(sim, next);
  expect(await live.metric('gateway_live_pollers')).toBe(1);
  unsubscribe();
  await expectNoPoller(live);
});

it('graphql-sse receives the error of an invalid SID as a result', async () => {
  const { deliveries } = subscribe({ query, variables: { simSid: 'DE1' } });
  const { errors } = await deliveries.next();
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  await deliveries.completed();
});

it('graphql-sse completes the subscription when the gateway stops', async () => {
  const { next, deliveries } = subscribe({ query, variables: { simSid: sim.sid } });
  await expectSnapshot(sim, next);
  const closed = live.gateway.close();
  await deliveries.completed();
  await closed;
});

it('graphql-sse continues after the last event with its cursor in `after`', async () => {
  const first = subscribe({ query, variables: { simSid: sim.sid } });
  await first.next();
  const { cursor: after } = await first.next();
  first.unsubscribe();
  await pollsEnded(live);
  sim.startUnseen();
  const { next } = subscribe({ query, variables: { simSid: sim.sid, after } });
  expect(await next()).toMatchObject({ kind: 'STARTED', edge: { node: { sid: sim.sessions[0] } } });
});

it('graphql-sse continues after a broken connection with the variables as they are then', async () => {
  const request: SseRequest = { query, variables: { simSid: sim.sid } };
  const { next } = subscribe(request);
  await next();
  const { cursor: after } = await next();
  request.variables = { simSid: sim.sid, after };
  sim.startUnseen();
  connection.abort();
  expect(await next()).toMatchObject({ kind: 'STARTED', edge: { node: { sid: sim.sessions[0] } } });
});
