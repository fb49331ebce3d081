import type { IncomingMessage, ServerResponse } from 'node:http';
import { Account } from './account.js';
import { ApiError } from './answer.js';
import { type Authenticate, basicAuth, bearerAuth } from './auth.js';
import { BearerTokens } from './bearer-tokens.js';
import { credentialsFor, TOKEN_PATH } from './credentials.js';
import { answerExchange, send } from './exchange.js';
import { Faults } from './faults.js';
import { DEFAULTS, type SandboxOptions } from './options.js';
import { type Api, route, routesOf } from './routes.js';
import type { Sandbox } from './sandbox.js';
import { listen, stop } from './server.js';
import { CLEAN_SIM_SID, ODD_SIM_SID } from './sids.js';
import { PageTokens } from './tokens.js';
import { Traffic } from './traffic.js';

/**
 * Starts an upstream of our own: a real HTTP server on a loopback port that speaks the wire format of the
 * wireless REST API and holds the same SIMs and sessions on every start.
 *
 * @returns the sandbox, listening
 * @throws when the port is taken
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = { ...DEFAULTS, ...options };
  const { port, seed, now, latencyMs, dialect, previousPages, concurrencyLimit, tokenLifeSeconds } = settings;
  const { server, url } = await listen(port);
  const urlBase = options.pageUrlBase ?? url;
  const credentials = credentialsFor(url);
  const { accountSid } = credentials;
  const account = new Account(settings, { accountSid, dialect, seed, now: now.getTime(), urlBase });
  const tokens = new PageTokens(`page tokens ${seed}`, settings.tokenSize === 'bound');
  const bearers = new BearerTokens(credentials, tokenLifeSeconds);
  const faults = new Faults();
  const traffic = new Traffic(faults, concurrencyLimit);
  const api: Api = {
    account,
    routes: routesOf(settings.catalog),
    urlBase,
    tokens,
    dialect,
    previousPages,
    assumptions: settings,
    now: now.getTime(),
  };
  const authenticate = dialect === 'kore' ? bearerAuth(bearers) : basicAuth(credentials);

  server.on('request', (request, response) => {
    if (dialect === 'kore' && request.method === 'POST' && request.url === TOKEN_PATH) {
      const exchange = traffic.admitTokenRequest(request, response);
      return answerExchange(exchange, latencyMs, () => bearers.grant(request));
    }
    return answerApiRequest(request, response, { api, traffic, authenticate, latencyMs });
  });

  return {
    url,
    credentials,
    get requests() {
      return traffic.log.entries;
    },
    get tokenRequests() {
      return traffic.tokenLog.entries;
    },
    clearRequests: () => traffic.clear(),
    requestStarted: (count = 1) => traffic.log.started(count),
    requestEnded: (count = 1) => traffic.log.ended(count),
    tokenRequestStarted: (count = 1) => traffic.tokenLog.started(count),
    get inFlight() {
      return traffic.inFlight;
    },
    get maxInFlight() {
      return traffic.maxInFlight;
    },
    faults,
    expireTokens: () => tokens.expireAll(),
    revokeTokens: () => bearers.revokeAll(),
    get sims() {
      return account.sims.records;
    },
    get simSids() {
      return account.sims.records.map(({ sid }) => sid);
    },
    oddSimSid: ODD_SIM_SID,
    cleanSimSid: CLEAN_SIM_SID,
    liveSimSid: account.liveSimSid,
    addSim: (members = {}, sessions = []) => account.addSim(members, sessions),
    sessions: (simSid) => account.sessions(simSid).records,
    insertAtHead: (simSid, records) => account.insertAtHead(simSid, records),
    updateSession: (simSid, index, changes) => account.updateSession(simSid, index, changes),
    setRecords: (path, records) => account.list(path).replaceAll(records),
    insertRecords: (path, records) => account.list(path).insertAtHead(records),
    setSessions: (simSid, records) => account.sessions(simSid).replaceAll(records),
    close: () => stop(server),
  };
}

interface ApiServer {
  readonly api: Api;
  readonly traffic: Traffic;
  readonly authenticate: Authenticate;
  readonly latencyMs: number;
}

async function answerApiRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { api, traffic, authenticate, latencyMs }: ApiServer,
): Promise<void> {
  const { exchange, admitted } = traffic.admit(request, response);
  // The real API refuses what is above the limit at once, before it looks at anything else.
  if (!admitted) return send(exchange, new ApiError(429, 20429, 'Too Many Requests').answer);
  const { method, path, query } = exchange.entry;
  return answerExchange(
    exchange,
    latencyMs,
    () => authenticate(request.headers) ?? route(api, method, path, query, exchange.faults),
  );
}
