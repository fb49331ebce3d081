import { afterEach, describe, expect, it } from 'vitest';
import { startRouter } from '../live/router.js';
import { hold } from '../support/hold.js';
import { sha256 } from '../support/wire.js';
import type { ReceivedSpan } from './otlp-receiver.js';
import { startTracedGateway, type TracedGateway, treesOf } from './traced-gateway.js';

let gateway: TracedGateway;
afterEach(() => gateway.close());

const SESSIONS =
  'query Sessions($sid: ID!, $first: Int) { sim(sid: $sid) { dataSessions(first: $first) { nodes { start } } } }';
const STATUS = 'query Status($sid: ID!) { sim(sid: $sid) { status } }';

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);
const attempts = (spans: readonly ReceivedSpan[]) => spans.filter(({ kind }) => kind === 'client');
const servers = (spans: readonly ReceivedSpan[]) => spans.filter(({ kind }) => kind === 'server');

describe('the spans of an operation', () => {
  it('are the operation, its walk, the fetch of a page and the upstream attempt, each within the one before', async () => {
    gateway = await startTracedGateway();
    await gateway.post({ query: SESSIONS, variables: { sid: gateway.sandbox.cleanSimSid, first: 3 } });
    const template = '/v1/Sims/{Sid}/DataSessions';
    expect(treesOf(await gateway.stop())).toEqual([
      {
        name: 'query',
        kind: 'server',
        failed: false,
        attributes: {
          'gateway.cache.hits': 0,
          'gateway.upstream.requests': 1,
          'gateway.upstream.retries': 0,
          'graphql.operation.name': 'Sessions',
          'graphql.operation.type': 'query',
          'http.request.method': 'POST',
          'http.response.status_code': 200,
          'http.route': '/graphql',
          'url.path': '/graphql',
          'url.scheme': 'http',
        },
        children: [
          {
            name: 'walk Sim.dataSessions',
            kind: 'internal',
            failed: false,
            attributes: {
              'gateway.list': 'Sim.dataSessions',
              'gateway.walk.direction': 'forward',
              'gateway.walk.pages': 1,
              'gateway.walk.records': 3,
            },
            children: [
              {
                name: `fetch ${template}`,
                kind: 'internal',
                failed: false,
                attributes: { 'gateway.cache.result': 'miss', 'url.template': template },
                children: [
                  {
                    name: `GET ${template}`,
                    kind: 'client',
                    failed: false,
                    attributes: {
                      'http.request.method': 'GET',
                      'http.response.status_code': 200,
                      'server.address': '127.0.0.1',
                      'server.port': Number(new URL(gateway.sandbox.url).port),
                      'url.template': template,
                    },
                    children: [],
                  },
                ],
              },
            ],
          },
        ],
      },
    ]);
  });

  it('have one span for a batch of records, with a fetch for each', async () => {
    gateway = await startTracedGateway();
    const [one, two] = gateway.sandbox.simSids;
    await gateway.post({ query: `{ a: sim(sid: "${one}") { status } b: sim(sid: "${two}") { status } }` });
    const [batch, ...others] = named(await gateway.stop(), 'load Sim');
    expect(others).toEqual([]);
    expect(batch?.attributes).toEqual({ 'gateway.resource': 'Sim', 'gateway.load.records': 2 });
    const fetches = named(gateway.receiver.spans(), 'fetch /v1/Sims/{Sid}');
    expect(fetches.map(({ parentSpanId }) => parentSpanId)).toEqual([batch?.spanId, batch?.spanId]);
  });

  it('have an attempt for each retry, with the number of the retry', async () => {
    gateway = await startTracedGateway();
    gateway.sandbox.faults.add({ kind: 'status', status: 503, times: 1 });
    await gateway.post({ query: STATUS, variables: { sid: gateway.sandbox.cleanSimSid } });
    const spans = await gateway.stop();
    const seen = attempts(spans).map(({ attributes, failed }) => [
      attributes['http.response.status_code'],
      attributes['http.request.resend_count'],
      attributes['error.type'],
      failed,
    ]);
    expect(seen).toEqual([
      [503, undefined, 'UPSTREAM_UNAVAILABLE', true],
      [200, 1, undefined, false],
    ]);
    expect(new Set(attempts(spans).map(({ parentSpanId }) => parentSpanId)).size).toBe(1);
    const [operation] = servers(spans);
    expect(operation?.attributes['gateway.upstream.retries']).toBe(1);
    expect(operation?.failed).toBe(false);
  });

  it('fail with the code of the error if the upstream fails', async () => {
    gateway = await startTracedGateway();
    gateway.sandbox.faults.add({ kind: 'status', status: 500 });
    await gateway.post({ query: STATUS, variables: { sid: gateway.sandbox.cleanSimSid } });
    const spans = await gateway.stop();
    for (const name of ['query', 'fetch /v1/Sims/{Sid}', 'GET /v1/Sims/{Sid}']) {
      const [span] = named(spans, name);
      expect([name, span?.failed, span?.attributes['error.type']]).toEqual([
        name,
        true,
        'UPSTREAM_UNAVAILABLE',
      ]);
    }
  });

  it('do not fail for an error of the caller, whose code they have', async () => {
    gateway = await startTracedGateway();
    for (const query of ['{ sim(sid: "nonsense") { sid } }', '{', '{ nonsense }'])
      await gateway.post({ query });
    const seen = servers(await gateway.stop()).map(({ name, attributes, failed }) => [
      name,
      attributes['error.type'],
      failed,
    ]);
    expect(seen).toEqual([
      ['query', 'BAD_USER_INPUT', false],
      ['GraphQL Operation', 'GRAPHQL_PARSE_FAILED', false],
      ['GraphQL Operation', 'GRAPHQL_VALIDATION_FAILED', false],
    ]);
  });

  it('have the wait for a permit of the concurrency limit, if there is one', async () => {
    gateway = await startTracedGateway({ env: { UPSTREAM_CONCURRENCY: '1' } });
    const [one, two] = gateway.sandbox.simSids;
    await gateway.post({ query: `{ a: sim(sid: "${one}") { status } b: sim(sid: "${two}") { status } }` });
    const spans = await gateway.stop();
    const [wait, ...others] = named(spans, 'queue');
    expect(others).toEqual([]);
    const parent = spans.find(({ spanId }) => spanId === wait?.parentSpanId);
    expect(parent?.name).toBe('fetch /v1/Sims/{Sid}');
  });

  it('have the wait for an access token, if there is one', async () => {
    gateway = await startTracedGateway({ sandbox: { dialect: 'kore' } });
    const variables = { sid: gateway.sandbox.cleanSimSid };
    await gateway.post({ query: STATUS, variables });
    await gateway.post({ query: STATUS, variables });
    const spans = await gateway.stop();
    expect(named(spans, 'token')).toHaveLength(1);
    expect(named(spans, 'fetch /v1/Sims/{Sid}')).toHaveLength(2);
  });
});

describe('an operation that ends in another way', () => {
  it('is cancelled, with its attempt, if the client disconnects', async () => {
    gateway = await startTracedGateway();
    const { sandbox, url } = gateway;
    const release = hold(sandbox);
    const client = new AbortController();
    const response = fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: STATUS, variables: { sid: sandbox.cleanSimSid } }),
      signal: client.signal,
    });
    await sandbox.requestStarted();
    client.abort();
    await expect(response).rejects.toThrow();
    await sandbox.requestEnded();
    release();
    const spans = await gateway.stop();
    for (const name of ['query', 'fetch /v1/Sims/{Sid}', 'GET /v1/Sims/{Sid}']) {
      const [span] = named(spans, name);
      expect([name, span?.failed, span?.attributes['error.type']]).toEqual([name, true, 'CANCELLED']);
      expect(span?.attributes).not.toHaveProperty('http.response.status_code');
    }
    expect(servers(spans)[0]?.attributes['graphql.operation.name']).toBe('Status');
  });

  it('ends with the last part of a response in parts', async () => {
    gateway = await startTracedGateway();
    const query = `query Parts { sim(sid: "${gateway.sandbox.cleanSimSid}") {
      status ... @defer { dataSessions(first: 1) { nodes { start } } } } }`;
    const { text } = await gateway.post({ query }, { accept: 'multipart/mixed' });
    expect(text).toContain('"hasNext":false');
    const spans = await gateway.stop();
    const [operation, ...others] = servers(spans);
    expect(others).toEqual([]);
    expect(operation?.attributes).toMatchObject({
      'graphql.operation.name': 'Parts',
      'gateway.upstream.requests': 2,
      'http.response.status_code': 200,
    });
    expect(attempts(spans)).toHaveLength(2);
  });
});

describe('a response from a cache', () => {
  it('has a span of its operation alone', async () => {
    gateway = await startTracedGateway({ env: { CACHE_TTL_MS: '600000' } });
    const body = { query: SESSIONS, variables: { sid: gateway.sandbox.cleanSimSid, first: 3 } };
    // The operation is compiled and its response cached on the way.
    for (let run = 0; run < 8; run += 1) await gateway.post(body);
    const [first, ...others] = treesOf(await gateway.stop());
    expect(first?.children).toHaveLength(1);
    expect(others).toHaveLength(7);
    for (const { name, attributes, children } of others) {
      expect([name, attributes['gateway.cache.hits'], children]).toEqual(['query', 1, []]);
    }
  });

  it('that another operation has requested has a fetch without an attempt', async () => {
    gateway = await startTracedGateway();
    const release = hold(gateway.sandbox);
    const [one, two] = gateway.sandbox.simSids;
    const first = gateway.post({ query: STATUS, variables: { sid: one } });
    await gateway.sandbox.requestStarted(1);
    // The request for the other SIM shows that this operation has begun.
    const second = gateway.post({
      query: `{ a: sim(sid: "${one}") { status } b: sim(sid: "${two}") { status } }`,
    });
    await gateway.sandbox.requestStarted(2);
    release();
    await Promise.all([first, second]);
    const spans = await gateway.stop();
    const fetches = named(spans, 'fetch /v1/Sims/{Sid}');
    const shared = fetches.filter(({ attributes }) => attributes['gateway.cache.result'] === 'joined');
    expect([fetches.length, shared.length]).toEqual([3, 1]);
    expect(attempts(spans)).toHaveLength(2);
    expect(attempts(spans).map(({ parentSpanId }) => parentSpanId)).not.toContain(shared[0]?.spanId);
  });
});

describe('a request that is not executed', () => {
  it('has a span with its status if a guard rejects it', async () => {
    gateway = await startTracedGateway({
      env: { GATEWAY_AUTH: 'token', GATEWAY_TOKENS: `a:${sha256('a-token')}:wireless:read` },
    });
    await gateway.post({ query: STATUS }, { authorization: 'Bearer wrong' });
    const [span, ...others] = await gateway.stop();
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      name: 'GraphQL Operation',
      failed: false,
      attributes: { 'http.response.status_code': 401, 'error.type': 'UNAUTHENTICATED' },
    });
  });

  it('has a span with its status if it is rejected before that', async () => {
    gateway = await startTracedGateway();
    await gateway.post({ query: STATUS }, { accept: 'image/png' });
    const [span] = await gateway.stop();
    expect(span).toMatchObject({
      name: 'POST /graphql',
      attributes: { 'http.response.status_code': 406, 'http.request.method': 'POST' },
    });
  });

  it('has a span that ends with its response if it is a subscription by HTTP callbacks', async () => {
    const router = await startRouter();
    gateway = await startTracedGateway({ env: { LIVE_CALLBACK_HOSTS: router.host } });
    const { status } = await gateway.post(
      {
        query: 'subscription Watch($sid: ID!) { dataSessionEvents(simSid: $sid) { kind } }',
        variables: { sid: gateway.sandbox.cleanSimSid },
        extensions: { subscription: router.subscription() },
      },
      { accept: 'application/json;callbackSpec=1.0' },
    );
    expect(status).toBe(200);
    while ((await router.next()).action !== 'next');
    const spans = await gateway.stop();
    await router.close();
    expect(servers(spans)).toMatchObject([
      {
        name: 'subscription',
        failed: false,
        attributes: {
          'graphql.operation.name': 'Watch',
          'graphql.operation.type': 'subscription',
          'http.response.status_code': 200,
        },
      },
    ]);
  });

  it('has no span at another path than that of GraphQL', async () => {
    gateway = await startTracedGateway();
    for (const path of ['/health', '/ready', '/metrics', '/nowhere']) await gateway.fetch(path);
    expect(await gateway.stop()).toEqual([]);
  });
});
