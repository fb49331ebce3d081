import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Config, RemoteUpstream } from './config.js';
import { cursorKeyOf } from './cursor-key.js';
import { DEMO_SIM_SID, type Sandbox, startSandbox } from './sandbox/index.js';
import { createGraphqlServer } from './server/yoga.js';
import { createUpstream } from './upstream/client.js';

/** A gateway that serves. */
export interface Gateway {
  /** Where it listens: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** SID of a SIM that it can be tried with; `null` when that is the account's secret. */
  readonly demoSid: string | null;
  /** Ends it: no new connections, then what is in flight, then the upstream. */
  close(): Promise<void>;
}

/** Starts a gateway: its upstream first, which is a sandbox where no other is configured, then the server. */
export async function startGateway(config: Config, log: Logger): Promise<Gateway> {
  const { remote, sandbox } = await upstreamOf(config);
  const upstream = createUpstream({
    ...remote,
    attemptTimeoutMs: config.upstreamTimeoutMs,
    concurrency: config.upstreamConcurrency,
    cacheTtlMs: config.cacheTtlMs,
    staleIfErrorMs: config.staleIfErrorMs,
    log,
  });
  const demoSid = sandbox === null ? null : DEMO_SIM_SID;
  const yoga = createGraphqlServer({ config, upstream, cursorKey: cursorKeyOf(remote.auth), demoSid, log });
  const server = createServer(yoga);
  await listen(server, config);
  return {
    url: urlOf(server),
    demoSid,
    async close() {
      await closeServer(server);
      await yoga.dispose();
      await upstream.close();
      await sandbox?.close();
    },
  };
}

async function upstreamOf({
  upstream,
}: Config): Promise<{ remote: RemoteUpstream; sandbox: Sandbox | null }> {
  if (upstream !== null) return { remote: upstream, sandbox: null };
  const sandbox = await startSandbox();
  return { remote: remoteOf(sandbox), sandbox };
}

/** The sandbox is reached as a real upstream is: nothing but the address differs. */
function remoteOf({ url, credentials }: Sandbox): RemoteUpstream {
  return {
    dialect: 'twilio',
    baseUrl: url,
    publicBaseUrl: url,
    auth: { kind: 'basic', user: credentials.accountSid, password: credentials.authToken },
  };
}

function listen(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}
