import type { ScannedList } from '../fast-path/json/lazy-record-list.js';
import { headOf, MAX_PAGE_SIZE, type Page, type PageRef, smallerSize } from '../pagination/page.js';
import { type ListAddress, pageQuery } from './decode/page-url.js';
import { type Answer, type ReadAnswer, readAnswer } from './http/response.js';
import { AnswerStore, type Stored } from './cache/response-cache.js';
import type { Effort } from './resilience/attempt.js';
import type { Authorizer } from './auth/authorizer.js';
import { basicAuthorizer } from './auth/basic.js';
import { ClientCredentialsAuthorizer } from './auth/client-credentials.js';
import { readBase } from './base.js';
import { BodyStore } from './cache/body-ring-buffer.js';
import { Breaker } from './resilience/circuit-breaker.js';
import { Cache } from './cache/cache.js';
import { decodeDataSessions, scanDataSessions } from './decode/data-session.js';
import { readEnvelope } from './decode/envelope.js';
import { type JsonObject, parseObject } from './decode/json.js';
import { decodeSim } from './decode/sim.js';
import { badResponse, type Source } from './decode/source.js';
import { UpstreamError } from './errors.js';
import { Exchange } from './resilience/request-executor.js';
import { Health, type UpstreamState } from './resilience/health.js';
import { Limiter } from './resilience/concurrency-limiter.js';
import { Pipeline } from './cache/cached-fetcher.js';
import type { DataSession, Sim } from '../resources/records.js';
import { shieldedLog, shieldedObserver } from './reporting.js';
import { RetryBudget } from './resilience/retry-budget.js';
import { type Runtime, systemRuntime } from '../util/clock.js';
import {
  silentObserver,
  type UpstreamLog,
  type UpstreamObserver,
  type UpstreamSettings,
} from './settings.js';
import { Transport } from './http/transport.js';
import type { RequestScope, SimListing, Upstream } from './upstream.js';
import { isVendorHost } from './decode/vendor-hosts.js';

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
export function createUpstream(settings: UpstreamSettings, runtime: Runtime = systemRuntime): Upstream {
  return new UpstreamClient(settings, runtime);
}

class UpstreamClient implements Upstream {
  readonly #bases: readonly [string, string];
  readonly #onDrift: (field: string) => void;
  readonly #transport: Transport;
  readonly #authorizer: Authorizer;
  readonly #limiter: Limiter;
  readonly #health: Health;
  readonly #simStore: AnswerStore<Sim | null, JsonObject>;
  readonly #sims: Pipeline<Sim | null, JsonObject>;
  readonly #listings: Pipeline<SimListing, JsonObject>;
  readonly #sessions: Pipeline<Page<DataSession> | null, ScannedList>;

  constructor(settings: UpstreamSettings, runtime: Runtime) {
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
    const breaker = new Breaker(runtime, (state) => {
      observer.breaker(state);
      this.#health.breaker(state);
      log.warn({ state }, 'upstream circuit breaker changes state');
    });
    this.#limiter = new Limiter(concurrency, runtime);
    const exchange = new Exchange({
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
    const bodies = new BodyStore(BODY_BYTES);
    const storeOf = <T, J>(maxBytes: number, read: ReadAnswer<J>) => {
      const { cacheTtlMs: ttlMs, staleIfErrorMs } = settings;
      const cache = new Cache<Stored<T>>({ ttlMs, staleIfErrorMs, maxBytes }, runtime.now);
      return new AnswerStore<T, J>({ cache, bodies, read });
    };
    const pipelineWith = <T, J>(store: AnswerStore<T, J>, effort: Effort = 'full') =>
      new Pipeline<T, J>({ store, exchange, runtime, log, effort });
    const readObject: ReadAnswer<JsonObject> = (wire) => readAnswer(wire, dialect, parseObject);
    const readSessions: ReadAnswer<ScannedList> = (wire) => readAnswer(wire, dialect, scanDataSessions);
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
    const path = `${SIMS_PATH}?${pageQuery(headOf(MAX_PAGE_SIZE))}`;
    return this.#listings.get(path, scope, (answer) => this.#listing(answer));
  }

  dataSessions(simSid: string, ref: PageRef, scope: RequestScope): Promise<Page<DataSession> | null> {
    if (!SID.test(simSid)) return Promise.resolve(null);
    const path = `${simPath(simSid)}/DataSessions`;
    const decode = (answer: Answer<ScannedList>) => {
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

  #listing(answer: Answer<JsonObject>): SimListing {
    const source = this.#source(answer);
    if (answer.json === null) throw badResponse('is that there are no SIMs at all', source);
    const { sims: records, meta } = answer.json;
    if (!Array.isArray(records)) throw badResponse('has no list of sims', source);
    const { next } = readEnvelope(meta, this.#addressOf(SIMS_PATH), MAX_PAGE_SIZE, source);
    const sims = records.map((record) => decodeSim(record, source)).filter((sim) => sim !== null);
    const { body, sentAt } = answer.wire;
    for (const sim of sims) {
      this.#simStore.keepDecoded(simPath(sim.sid), { value: sim, sentAt }, body.length / sims.length);
    }
    // A record without a SID may be any SIM, so one that is not among the others may still exist.
    return { sims, complete: next === null && sims.length === records.length };
  }

  #addressOf(path: string): ListAddress {
    return { path, bases: this.#bases, isAlias: isVendorHost };
  }

  #source({ facts }: Answer<unknown>): Source {
    return { facts, onDrift: this.#onDrift };
  }
}

function simPath(sid: string): string {
  return `${SIMS_PATH}/${sid}`;
}

function authorizerFor({ auth, log }: UpstreamSettings, transport: Transport, runtime: Runtime): Authorizer {
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
