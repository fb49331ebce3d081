import type { ScannedList } from '../fast-path/json/lazy-record-list.js';
import { firstPageRef, MAX_PAGE_SIZE, type Page, type PageRef, smallerSize } from '../pagination/page.js';
import type { DataSession, Sim } from '../resources/records.js';
import { type Clock, systemClock } from '../util/clock.js';
import type { Authorizer } from './auth/authorizer.js';
import { basicAuthorizer } from './auth/basic.js';
import { ClientCredentialsAuthorizer } from './auth/client-credentials.js';
import { readBase } from './base.js';
import { BodyRingBuffer } from './cache/body-ring-buffer.js';
import { Cache } from './cache/cache.js';
import { CachedFetcher } from './cache/cached-fetcher.js';
import { ResponseCache, type Stored } from './cache/response-cache.js';
import { decodeDataSessions, scanDataSessions } from './decode/data-session.js';
import { readEnvelope } from './decode/envelope.js';
import { type JsonObject, parseObject } from './decode/json.js';
import { type ListAddress, pageQuery } from './decode/page-url.js';
import { decodeSim } from './decode/sim.js';
import { badResponse, type DecodeContext } from './decode/source.js';
import { isVendorHost } from './decode/vendor-hosts.js';
import { UpstreamError } from './errors.js';
import { type ClassifyResponse, classifyResponse, type UpstreamResponse } from './http/response.js';
import { Transport } from './http/transport.js';
import { shieldedLog, shieldedObserver } from './reporting.js';
import type { Effort } from './resilience/attempt.js';
import { CircuitBreaker } from './resilience/circuit-breaker.js';
import { ConcurrencyLimiter } from './resilience/concurrency-limiter.js';
import { Health, type UpstreamState } from './resilience/health.js';
import { RequestExecutor } from './resilience/request-executor.js';
import { RetryBudget } from './resilience/retry-budget.js';
import {
  silentObserver,
  type UpstreamLog,
  type UpstreamObserver,
  type UpstreamSettings,
} from './settings.js';
import type { RequestScope, SimListing, Upstream } from './upstream.js';

const MEGABYTE = 1024 * 1024;
/** Answers as they came: some 500 pages of 50 sessions. */
const BODY_BYTES = 14 * MEGABYTE;
// Of each kind, bodies and what is decoded together; most of it for what most requests are for.
const SIM_BYTES = 3 * MEGABYTE;
const LISTING_BYTES = 6 * MEGABYTE;
const SESSION_BYTES = 14 * MEGABYTE;

const SIMS_PATH = '/v1/Sims';
/**
 * What can be a SID at all. Anything else would be a unique name, which finds a SIM of another SID, or lead
 * out of the path.
 */
const SID = /^[0-9A-Za-z]{1,64}$/;

/**
 * Connects to the wireless REST API. Nothing is sent before the first request.
 *
 * @param runtime - clock, timers and jitter
 */
export function createUpstream(settings: UpstreamSettings, runtime: Clock = systemClock): Upstream {
  return new UpstreamClient(settings, runtime);
}

class UpstreamClient implements Upstream {
  readonly #bases: readonly [string, string];
  readonly #onDrift: (field: string) => void;
  readonly #transport: Transport;
  readonly #authorizer: Authorizer;
  readonly #limiter: ConcurrencyLimiter;
  readonly #health: Health;
  readonly #simStore: ResponseCache<Sim | null, JsonObject>;
  readonly #sims: CachedFetcher<Sim | null, JsonObject>;
  readonly #listings: CachedFetcher<SimListing, JsonObject>;
  readonly #sessions: CachedFetcher<Page<DataSession> | null, ScannedList>;

  constructor(settings: UpstreamSettings, runtime: Clock) {
    const { attemptTimeoutMs, concurrency, dialect } = settings;
    const log = shieldedLog(settings.log);
    const observer = shieldedObserver(settings.observer ?? silentObserver, log);
    const base = readBase(settings.baseUrl);
    const publicBase = readBase(settings.publicBaseUrl);
    this.#bases = [base.origin + base.prefix, publicBase.origin + publicBase.prefix];
    this.#onDrift = driftReporter(log, observer);
    this.#transport = new Transport({ connections: concurrency, attemptTimeoutMs }, runtime);
    this.#authorizer = authorizerFor({ ...settings, log }, this.#transport, runtime);
    this.#health = new Health(runtime, log);
    const breaker = new CircuitBreaker(runtime, (state) => {
      observer.breaker(state);
      this.#health.breaker(state);
      log.warn({ state }, 'upstream circuit breaker changes state');
    });
    this.#limiter = new ConcurrencyLimiter(concurrency, runtime);
    const exchange = new RequestExecutor({
      base,
      compression: settings.compression,
      authorizer: this.#authorizer,
      breaker,
      health: this.#health,
      limiter: this.#limiter,
      budget: new RetryBudget(runtime),
      transport: this.#transport,
      observer,
      log,
      runtime,
    });
    const bodies = new BodyRingBuffer(BODY_BYTES);
    const storeOf = <T, J>(maxBytes: number, read: ClassifyResponse<J>) => {
      const { cacheTtlMs: ttlMs, staleIfErrorMs } = settings;
      const cache = new Cache<Stored<T>>({ ttlMs, staleIfErrorMs, maxBytes }, runtime.now);
      return new ResponseCache<T, J>({ cache, bodies, read });
    };
    const pipelineWith = <T, J>(store: ResponseCache<T, J>, effort: Effort = 'full') =>
      new CachedFetcher<T, J>({ store, exchange, runtime, log, effort });
    const readObject: ClassifyResponse<JsonObject> = (wire) => classifyResponse(wire, dialect, parseObject);
    const readSessions: ClassifyResponse<ScannedList> = (wire) =>
      classifyResponse(wire, dialect, scanDataSessions);
    this.#simStore = storeOf(SIM_BYTES, readObject);
    this.#sims = pipelineWith(this.#simStore);
    this.#listings = pipelineWith(storeOf(LISTING_BYTES, readObject), 'once');
    this.#sessions = pipelineWith(storeOf(SESSION_BYTES, readSessions));
  }

  async sim(sid: string, scope: RequestScope): Promise<Sim | null> {
    if (!SID.test(sid)) return null;
    return this.#sims.get(simPath(sid), scope, (answer) => {
      if (answer.json === null) return null;
      const source = this.#source(answer);
      const sim = decodeSim(answer.json, source);
      if (sim === null) throw badResponse('has no SID', source);
      if (sim.sid !== sid) throw badResponse('is that of another SIM', source);
      return sim;
    });
  }

  sims(scope: RequestScope): Promise<SimListing> {
    const path = `${SIMS_PATH}?${pageQuery(firstPageRef(MAX_PAGE_SIZE))}`;
    return this.#listings.get(path, scope, (answer) => this.#listing(answer));
  }

  dataSessions(simSid: string, ref: PageRef, scope: RequestScope): Promise<Page<DataSession> | null> {
    if (!SID.test(simSid)) return Promise.resolve(null);
    const path = `${simPath(simSid)}/DataSessions`;
    const decode = (answer: UpstreamResponse<ScannedList>) => {
      const source = this.#source(answer);
      if (answer.json === null) {
        // Only the head of a list tells whether the SIM exists: behind a token it may be the page that is gone.
        if (ref.token !== null) throw badResponse('is that there is no such page', source);
        return null;
      }
      const { records, meta } = answer.json;
      if (records === null) throw badResponse('has no list of data_sessions', source);
      const { next, previous } = readEnvelope(meta, this.#addressOf(path), ref.size, source);
      return { records: decodeDataSessions(records, source), next, previous };
    };
    // Large pages are known to be answered with 500 by an upstream that is well.
    const mayRefuse = ref.token === null && smallerSize(ref.size) !== null;
    return this.#sessions.get(`${path}?${pageQuery(ref)}`, scope, decode, mayRefuse);
  }

  state(): UpstreamState {
    const { state } = this.#health;
    return state === 'ok' && this.#limiter.held ? 'throttled' : state;
  }

  async close(): Promise<void> {
    const error = new UpstreamError('UPSTREAM_UNAVAILABLE', 'The gateway is stopping.');
    this.#authorizer.close();
    for (const pipeline of [this.#sims, this.#listings, this.#sessions]) pipeline.close(error);
    await this.#transport.close();
  }

  #listing(answer: UpstreamResponse<JsonObject>): SimListing {
    const source = this.#source(answer);
    if (answer.json === null) throw badResponse('is that there are no SIMs at all', source);
    const { sims: records, meta } = answer.json;
    if (!Array.isArray(records)) throw badResponse('has no list of sims', source);
    const { next } = readEnvelope(meta, this.#addressOf(SIMS_PATH), MAX_PAGE_SIZE, source);
    const sims = records.map((record) => decodeSim(record, source)).filter((sim) => sim !== null);
    const { body, sentAt } = answer.http;
    for (const sim of sims) {
      this.#simStore.putDecoded(simPath(sim.sid), { value: sim, sentAt }, body.length / sims.length);
    }
    // A record without a SID may be any SIM, so one that is not among the others may still exist.
    return { sims, complete: next === null && sims.length === records.length };
  }

  #addressOf(path: string): ListAddress {
    return { path, bases: this.#bases, isAlias: isVendorHost };
  }

  #source({ facts }: UpstreamResponse<unknown>): DecodeContext {
    return { facts, onDrift: this.#onDrift };
  }
}

function simPath(sid: string): string {
  return `${SIMS_PATH}/${sid}`;
}

function authorizerFor({ auth, log }: UpstreamSettings, transport: Transport, runtime: Clock): Authorizer {
  return auth.kind === 'basic'
    ? basicAuthorizer(auth.user, auth.password)
    : new ClientCredentialsAuthorizer(auth, transport, runtime, log);
}

/** Reports every new enum value, and logs the first of each field: a page may have a thousand of them. */
function driftReporter(log: UpstreamLog, observer: UpstreamObserver): (field: string) => void {
  const logged = new Set<string>();
  return (field) => {
    observer.drift(field);
    if (logged.has(field)) return;
    logged.add(field);
    log.warn({ field }, 'the upstream sends an enum value that is not known');
  };
}
