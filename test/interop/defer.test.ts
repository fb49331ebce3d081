import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

interface Part {
  readonly data?: unknown;
  readonly hasNext: boolean;
  readonly extensions?: unknown;
  readonly incremental?: readonly {
    readonly data: unknown;
    readonly path: readonly (string | number)[];
    readonly errors?: readonly { readonly message: string; readonly extensions: object }[];
  }[];
}

const QUERY = `query Deferred($sid: ID!, $first: Int!) {
  sim(sid: $sid) {
    status
    ... @defer(label: "sessions") {
      dataSessions(first: $first) {
        edges { node { sid start } }
      }
    }
  }
}`;

let gateway: TestGateway;
let sid: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  [sid = ''] = gateway.sandbox.simSids;
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.sandbox.faults.clear();
  gateway.sandbox.clearRequests();
});

/** Sends the operation and yields each part of its response. */
async function* partsOf(variables: object, signal?: AbortSignal): AsyncGenerator<Part> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'multipart/mixed' },
    body: JSON.stringify({ query: QUERY, variables }),
    ...(signal === undefined ? {} : { signal }),
  });
  expect(response.headers.get('content-type')).toMatch(/^multipart\/mixed/);
  const decoder = new TextDecoder();
  let rest = '';
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    rest += decoder.decode(read.value, { stream: true });
    const chunks = rest.split('\r\n---');
    rest = chunks.pop() ?? '';
    for (const chunk of chunks) {
      const json = chunk.slice(chunk.indexOf('\r\n\r\n')).trim();
      if (json.startsWith('{')) yield JSON.parse(json);
    }
  }
}

async function collect(parts: AsyncIterable<Part>): Promise<Part[]> {
  const all: Part[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

it('@defer sends the SIM before its deferred sessions', async () => {
  gateway.sandbox.faults.add({ kind: 'hang', path: /DataSessions$/ });
  const client = new AbortController();
  const parts = partsOf({ sid, first: 2 }, client.signal);
  // The sessions never arrive, so this part was sent without them.
  const { value } = await parts.next();
  expect(value).toEqual({ data: { sim: { status: 'ACTIVE' } }, hasNext: true });
  await gateway.sandbox.requestStarted(2);
  client.abort();
  await gateway.sandbox.requestEnded(2);
});

it('@defer sends the sessions and the usage of the operation with the last part', async () => {
  const [first, last, ...others] = await collect(partsOf({ sid, first: 2 }));
  expect(others).toEqual([]);
  expect(first).not.toHaveProperty('extensions');
  const sessions = gateway.sandbox.sessions(sid).slice(0, 2);
  expect(last).toMatchObject({
    hasNext: false,
    incremental: [
      {
        label: 'sessions',
        path: ['sim'],
        data: { dataSessions: { edges: sessions.map(({ sid }) => ({ node: { sid } })) } },
      },
    ],
    extensions: { upstream: { requests: gateway.sandbox.requests.length } },
  });
  expect(gateway.sandbox.requests.map(({ path }) => path)).toEqual([
    `/v1/Sims/${sid}`,
    `/v1/Sims/${sid}/DataSessions`,
  ]);
});

it('@defer sends errors of deferred parts with path and code, masked as other errors', async () => {
  gateway.sandbox.faults.add({ kind: 'html', path: /DataSessions$/ });
  const last = (await collect(partsOf({ sid, first: 2 }))).at(-1);
  const [part] = last?.incremental ?? [];
  expect(part?.data).toEqual({ dataSessions: null });
  expect(part?.errors).toMatchObject([
    {
      path: ['sim', 'dataSessions'],
      extensions: { code: 'UPSTREAM_BAD_RESPONSE', upstream: { status: 200 } },
    },
  ]);
  expect(JSON.stringify(last)).not.toMatch(/stack|<html/i);
});

it('@defer reports an invalid argument as BAD_USER_INPUT in a deferred part', async () => {
  const last = (await collect(partsOf({ sid, first: -1 }))).at(-1);
  expect(last?.incremental?.[0]?.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});
