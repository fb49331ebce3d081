import { afterEach, expect, it } from 'vitest';
import { sha256 } from '../support/wire.js';
import { startTracedGateway, type TracedGateway } from './traced-gateway.js';

const TOKEN = 'a-token-of-the-caller';
const UNIQUE_NAME = 'private name of a van';
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };

let gateway: TracedGateway;
afterEach(() => gateway.close());

const sessions = (sid: string) =>
  `{ sim(sid: "${sid}") { status dataSessions(first: 2) { nodes { sid start imei } pageInfo { endCursor } } } }`;

/** Sends operations of every kind, with and without upstream faults, and returns what must not be exported. */
async function send(): Promise<readonly string[]> {
  const { sandbox } = gateway;
  const { sid: named } = sandbox.addSim({ unique_name: UNIQUE_NAME });
  const sid = sandbox.cleanSimSid;
  const cursors: string[] = [];
  const texts: string[] = [];
  const post = async (body: object) => {
    const { text } = await gateway.post(body, AUTHORIZATION);
    texts.push(text);
    cursors.push(...[...text.matchAll(/"endCursor":"([^"]+)"/g)].map(([, cursor]) => String(cursor)));
  };
  for (const kind of [null, 'html', 'reset'] as const) {
    const remove = kind === null ? () => undefined : sandbox.faults.add({ kind });
    for (let run = 0; run < 7; run += 1) await post({ query: sessions(sid) });
    await post({
      query:
        'query Next($sid: ID!, $after: String) { sim(sid: $sid) { dataSessions(first: 2, after: $after) { nodes { sid } } } }',
      variables: { sid, after: cursors[0] },
    });
    await post({ query: `{ sim(uniqueName: "${UNIQUE_NAME}") { sid } }` });
    await post({ query: `{ sim(iccid: "${sandbox.sims[0]?.iccid}") { sid } }` });
    await post({ query: '{ sims(first: 100) { nodes { sid ratePlan { sid } } } }' });
    await post({
      query: `{ sim(sid: "${sid}") { dataSessions(after: "${cursors[0]}x") { nodes { sid } } } }`,
    });
    await post({ query: `{ sim(sid: "not-a-sid-at-all") { sid } }` });
    remove();
  }
  await gateway.fetch(`/graphql?query=${encodeURIComponent(sessions(sid))}`, {
    headers: { ...AUTHORIZATION, 'x-graphql-yoga-csrf': '1' },
  });
  await gateway.post({ query: sessions(sid) }, { authorization: 'Bearer a-wrong-token' });
  expect(cursors.length).toBeGreaterThan(0);
  const sids = texts.flatMap((text) => text.match(/\b(?:DE|WN|WP)[0-9a-f]{32}\b/g) ?? []);
  expect(sids.length).toBeGreaterThan(20);
  const tokens = sandbox.requests.flatMap(({ query }) => query.get('PageToken') ?? []);
  expect(tokens.length).toBeGreaterThan(0);
  const { accountSid, authToken } = sandbox.credentials;
  return [
    ...new Set([...sids, ...cursors, ...tokens, named, accountSid, authToken, TOKEN, UNIQUE_NAME]),
    'a-wrong-token',
    'not-a-sid-at-all',
    encodeURIComponent(UNIQUE_NAME),
    String(sandbox.sims[0]?.iccid),
    Buffer.from(`${accountSid}:${authToken}`).toString('base64'),
  ];
}

it.each(['http/json', 'http/protobuf'])(
  'no credential, SID, cursor, page token, name or variable is exported as %s',
  async (protocol) => {
    gateway = await startTracedGateway({
      env: {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_METRICS_EXPORTER: 'otlp',
        GATEWAY_AUTH: 'token',
        GATEWAY_TOKENS: `caller:${sha256(TOKEN)}:wireless:read+wireless:location`,
      },
    });
    const secrets = await send();
    await gateway.close();
    const exported = gateway.receiver.exports.map(({ body }) => body.toString('latin1')).join('\n');
    expect(exported).toContain('walk Sim.dataSessions');
    expect(exported).toContain('look up Sim');
    expect(exported).toContain('gateway_operation_duration_seconds');
    for (const secret of secrets) expect(exported).not.toContain(secret);
  },
);

it('TRACE_DOCUMENTS=on exports documents as they were sent, and nothing else of requests', async () => {
  gateway = await startTracedGateway({ env: { TRACE_DOCUMENTS: 'on' } });
  const { cleanSimSid: sid } = gateway.sandbox;
  const query = 'query ($sid: ID!) { sim(sid: $sid) { status } }';
  await gateway.post({ query, variables: { sid } });
  await gateway.post({ query: sessions(sid) });
  await gateway.post({ query: '{ sim(' });
  const spans = await gateway.stop();
  const documents = spans.flatMap(({ attributes }) => attributes['graphql.document'] ?? []);
  expect(documents).toEqual([query, sessions(sid), '{ sim(']);
  const rest = spans.map(({ attributes: { 'graphql.document': _document, ...others } }) => others);
  expect(JSON.stringify(rest)).not.toContain(sid);
});
