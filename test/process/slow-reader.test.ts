import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { type GatewayProcess, startProcess } from '../support/process.js';

const PLACES = 3;

/** Divides all connection timeouts by twenty, because half a minute is too long for a test. */
const SHORT_TIMEOUTS = `
  import { Socket } from 'node:net';
  const { setTimeout } = Socket.prototype;
  Socket.prototype.setTimeout = function (ms, ...rest) { return setTimeout.call(this, ms / 20, ...rest); };
`;

describe('a client that does not read its response', () => {
  let sandbox: Sandbox;
  let gateway: GatewayProcess;

  beforeEach(async () => {
    sandbox = await startSandbox();
    gateway = await startProcess(
      {
        TWILIO_ACCOUNT_SID: sandbox.credentials.accountSid,
        TWILIO_AUTH_TOKEN: sandbox.credentials.authToken,
        UPSTREAM_URL: sandbox.url,
        OPERATION_TIMEOUT_MS: '5000',
        MAX_IN_FLIGHT: String(PLACES),
      },
      SHORT_TIMEOUTS,
    );
  });
  afterEach(async () => {
    gateway.signal('SIGKILL');
    await gateway.exit;
    await sandbox.close();
  });

  /** The operations that have been executed and those in flight; `NaN` while the gateway does not respond in time. */
  async function operations(): Promise<{ executed: number; inFlight: number }> {
    const text = await fetch(`${gateway.url}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    );
    const counts = [...text.matchAll(/^gateway_operation_duration_seconds_count\{.*\} (\d+)$/gm)];
    return {
      executed: counts.reduce((sum, [, count]) => sum + Number(count), 0),
      inFlight: Number(/^gateway_operations_in_flight (\d+)$/m.exec(text)?.[1]),
    };
  }

  const NODE = 'sid start end operatorName operatorMcc operatorMnc operatorCountry radioLink imei cellId id';
  const windows = Array.from(
    { length: 60 },
    (_, at) => `a${at}: dataSessions(first: 1000) { edges { cursor node { ${NODE} } } }`,
  );

  it.each([
    ['in parts', 'multipart/mixed', ''],
    ['as events', 'text/event-stream', ''],
    ['in compressed parts', 'multipart/mixed', 'accept-encoding: gzip\r\n'],
    ['in one piece', 'application/json', ''],
  ])(
    'is disconnected and leaves the in-flight count: %s',
    async (_how, accept, coding) => {
      const query = `{ sim(sid: "${sandbox.simSids[0]}") { sid ... @defer { ${windows.join(' ')} } } }`;
      const body = JSON.stringify({ query });
      const { hostname, port } = new URL(gateway.url);
      const sockets = Array.from({ length: PLACES }, () => {
        const socket = connect(Number(port), hostname);
        socket.pause().on('error', () => undefined);
        socket.write(
          `POST /graphql HTTP/1.1\r\nhost: a\r\naccept: ${accept}\r\n${coding}content-type: application/json\r\n` +
            `content-length: ${body.length}\r\n\r\n${body}`,
        );
        return socket;
      });
      // Not that all are in flight at once: a busy gateway may only respond when they have been disconnected.
      for (
        let seen = await operations();
        seen.executed < PLACES || seen.inFlight > 0;
        seen = await operations()
      ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const answer = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ __typename }' }),
      });
      expect(answer.status).toBe(200);
      for (const socket of sockets) socket.destroy();
    },
    60_000,
  );
});
