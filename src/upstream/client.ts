import { firstPageRef, MAX_PAGE_SIZE, type Page, type PageRef } from '../pagination/page.js';
import type { AnyRecord, ListDeclaration, ResourceDeclaration } from '../resources/define.js';
import type { DecodeContext } from '../resources/member.js';
import { recordDecoder } from '../resources/record.js';
import { type Clock, systemClock } from '../util/clock.js';
import type { Authorizer } from './auth/authorizer.js';
import { basicAuthorizer } from './auth/basic.js';
import { ClientCredentialsAuthorizer } from './auth/client-credentials.js';
import { readBase } from './base.js';
import { BodyRingBuffer } from './cache/body-ring-buffer.js';
import { Cache } from './cache/cache.js';
import { CachedFetcher } from './cache/cached-fetcher.js';
import { ResponseCache, type Stored } from './cache/response-cache.js';
import { badResponse } from './decode/bad-response.js';
import { readEnvelope } from './decode/envelope.js';
import { type JsonObject, parseObject } from './decode/json.js';
import { type ListDecoder, type ParsedList, referenceListDecoder } from './decode/list.js';
import { pageQuery } from './decode/page-url.js';
import { UpstreamError } from './errors.js';
import { type ClassifyResponse, classifyResponse, type UpstreamResponse } from './http/response.js';
import { Transport } from './http/transport.js';
import { CircuitBreaker } from './resilience/circuit-breaker.js';
import { ConcurrencyLimiter } from './resilience/concurrency-limiter.js';
import { RequestExecutor } from './resilience/request-executor.js';
import { RetryBudget } from './resilience/retry-budget.js';
import {
  silentObserver,
  type UpstreamLog,
  type UpstreamObserver,
  type UpstreamSettings,
} from './settings.js';
import type { RecordListing, RequestScope, Upstream, UpstreamList } from './upstream.js';

const MEGABYTE = 1024 * 1024;
/** Response bodies: some 500 pages of 50 records. */
const BODY_BYTES = 14 * MEGABYTE;
/** Records of one resource, bodies and decoded records together. */
const RECORD_CACHE_BYTES = 3 * MEGABYTE;
/** Listings of one resource. */
const LISTING_CACHE_BYTES = 6 * MEGABYTE;

/** Text that can be a SID. Anything else could be a unique name, which finds another record, or lead out of the path. */
const SID = /^[0-9A-Za-z]{1,64}$/;

/**
 * Connects to the wireless REST API. No request is sent before the first call.
 *
 * @param clock - clock, timers and jitter
 * @param decoder - decodes pages of lists
 */
export function createUpstream(
  settings: UpstreamSettings,
  clock: Clock = systemClock,
  decoder: ListDecoder = referenceListDecoder,
): Upstream {
  return new UpstreamClient(settings, clock, decoder);
}

/** How one resource is fetched by SID. */
interface RecordSource {
  readonly decode: (json: unknown, context: DecodeContext) => AnyRecord;
  readonly cache: ResponseCache<AnyRecord | null, JsonObject>;
  readonly records: CachedFetcher<AnyRecord | null, JsonObject>;
  readonly listings: CachedFetcher<RecordListing, JsonObject>;
}

type ListSource = CachedFetcher<Page<AnyRecord> | null, ParsedList>;

class UpstreamClient implements Upstream {
  readonly #settings: UpstreamSettings;
  readonly #clock: Clock;
  readonly #decoder: ListDecoder;
  readonly #bases: readonly string[];
  readonly #onUnknownEnumValue: (field: string) => void;
  readonly #transport: Transport;
  readonly #authorizer: Authorizer;
  readonly #breaker: CircuitBreaker;
  readonly #executor: RequestExecutor;
  readonly #bodies = new BodyRingBuffer(BODY_BYTES);
  readonly #recordSources = new Map<ResourceDeclaration, RecordSource>();
  readonly #listSources = new Map<ListDeclaration, ListSource>();

  constructor(settings: UpstreamSettings, clock: Clock, decoder: ListDecoder) {
    const { attemptTimeoutMs, concurrency, log, observer = silentObserver } = settings;
    const base = readBase(settings.baseUrl);
    this.#settings = settings;
    this.#clock = clock;
    this.#decoder = decoder;
    this.#bases = [base, readBase(settings.publicBaseUrl)].map(({ origin, prefix }) => origin + prefix);
    this.#onUnknownEnumValue = unknownEnumValueReporter(log, observer);
    this.#transport = new Transport({ connections: concurrency, attemptTimeoutMs }, clock);
    this.#authorizer = authorizerFor(settings, this.#transport, clock);
    this.#breaker = new CircuitBreaker(clock, (state) => {
      observer.breaker(state);
      log.warn({ state }, 'upstream circuit breaker changes state');
    });
    this.#executor = new RequestExecutor({
      base,
      authorizer: this.#authorizer,
      breaker: this.#breaker,
      limiter: new ConcurrencyLimiter(concurrency, clock),
      budget: new RetryBudget(clock),
      transport: this.#transport,
      observer,
      log,
      runtime: clock,
    });
  }

  async record(resource: ResourceDeclaration, sid: string, scope: RequestScope): Promise<AnyRecord | null> {
    const { single } = resource;
    if (single === null || !SID.test(sid)) return null;
    const { decode, records } = this.#recordSource(resource);
    return records.get(`${single.path}/${sid}`, scope, (response) => {
      if (response.json === null) return null;
      const record = decode(response.json, this.#context(response));
      const found = sidOf(record);
      if (found === null) throw badResponse('has no SID', response.facts);
      if (found !== sid) throw badResponse(`is another ${resource.name}`, response.facts);
      return record;
    });
  }

  listing(resource: ResourceDeclaration, scope: RequestScope): Promise<RecordListing> {
    const path = `${resource.single?.path ?? ''}?${pageQuery(firstPageRef(MAX_PAGE_SIZE))}`;
    const source = this.#recordSource(resource);
    return source.listings.get(path, scope, (response) => this.#listing(resource, source, response));
  }

  page(list: UpstreamList, ref: PageRef, scope: RequestScope): Promise<Page<AnyRecord> | null> {
    const { declaration, parentSid, args } = list;
    if (declaration.parent !== null && !SID.test(parentSid)) return Promise.resolve(null);
    const path = declaration.path(parentSid);
    const query = `${argumentsQuery(declaration, args)}${pageQuery(ref)}`;
    return this.#listSource(declaration).get(`${path}?${query}`, scope, (response) => {
      if (response.json === null) return null;
      const { records, meta } = response.json;
      if (records === null) {
        throw badResponse(`has no list of ${declaration.envelopeKey}`, response.facts);
      }
      const { next, previous } = readEnvelope(meta, { path, bases: this.#bases }, ref.size, response.facts);
      return { records: records(this.#context(response)), next, previous };
    });
  }

  readiness(): { readonly ready: boolean; readonly reason?: string } {
    return this.#breaker.open ? { ready: false, reason: 'the upstream keeps failing' } : { ready: true };
  }

  async close(): Promise<void> {
    const error = new UpstreamError('UPSTREAM_UNAVAILABLE', 'The gateway is stopping.');
    this.#authorizer.close();
    for (const { records, listings } of this.#recordSources.values()) {
      records.close(error);
      listings.close(error);
    }
    for (const source of this.#listSources.values()) source.close(error);
    await this.#transport.close();
  }

  #listing(
    resource: ResourceDeclaration,
    { decode, cache }: RecordSource,
    response: UpstreamResponse<JsonObject>,
  ): RecordListing {
    const { path = '', envelopeKey = '' } = resource.single ?? {};
    const { facts } = response;
    if (response.json === null) throw badResponse(`says that there is no list of ${envelopeKey}`, facts);
    const { [envelopeKey]: elements, meta } = response.json;
    if (!Array.isArray(elements)) throw badResponse(`has no list of ${envelopeKey}`, facts);
    const { next } = readEnvelope(meta, { path, bases: this.#bases }, MAX_PAGE_SIZE, facts);
    const context = this.#context(response);
    const records = new Map<string, AnyRecord>();
    let identified = 0;
    for (const element of elements) {
      const record = decode(element, context);
      const sid = sidOf(record);
      if (sid === null) continue;
      identified += 1;
      records.set(sid, record);
    }
    const { body, sentAt } = response.http;
    for (const [sid, value] of records) {
      cache.putDecoded(`${path}/${sid}`, { value, sentAt }, body.length / records.size);
    }
    // A record without a SID may be any record, so that one that is not among the others may still exist.
    return { records, complete: next === null && identified === elements.length };
  }

  #context({ facts }: UpstreamResponse<unknown>): DecodeContext {
    return { requestId: facts.requestId ?? null, onUnknownEnumValue: this.#onUnknownEnumValue };
  }

  #recordSource(resource: ResourceDeclaration): RecordSource {
    let source = this.#recordSources.get(resource);
    if (source === undefined) {
      const classify: ClassifyResponse<JsonObject> = (http) =>
        classifyResponse(http, this.#settings.dialect, parseObject);
      const cache = this.#responseCache<AnyRecord | null, JsonObject>(RECORD_CACHE_BYTES, classify);
      source = {
        decode: recordDecoder(resource),
        cache,
        records: this.#fetcher(cache),
        listings: this.#fetcher(
          this.#responseCache<RecordListing, JsonObject>(LISTING_CACHE_BYTES, classify),
        ),
      };
      this.#recordSources.set(resource, source);
    }
    return source;
  }

  #listSource(list: ListDeclaration): ListSource {
    let source = this.#listSources.get(list);
    if (source === undefined) {
      const parse = this.#decoder(list);
      source = this.#fetcher(
        this.#responseCache<Page<AnyRecord> | null, ParsedList>(list.cacheBytes, (http) =>
          classifyResponse(http, this.#settings.dialect, parse),
        ),
      );
      this.#listSources.set(list, source);
    }
    return source;
  }

  #responseCache<T, J>(maxBytes: number, read: ClassifyResponse<J>): ResponseCache<T, J> {
    const { cacheTtlMs: ttlMs, staleIfErrorMs } = this.#settings;
    const cache = new Cache<Stored<T>>({ ttlMs, staleIfErrorMs, maxBytes }, this.#clock.now);
    return new ResponseCache<T, J>({ cache, bodies: this.#bodies, read });
  }

  #fetcher<T, J>(store: ResponseCache<T, J>): CachedFetcher<T, J> {
    return new CachedFetcher<T, J>({
      store,
      exchange: this.#executor,
      runtime: this.#clock,
      log: this.#settings.log,
    });
  }
}

/** The arguments that the upstream evaluates, as the beginning of a query. */
function argumentsQuery(list: ListDeclaration, args: UpstreamList['args']): string {
  let query = '';
  for (const [name, { wire }] of Object.entries(list.arguments)) {
    const value = args[name];
    if (value !== undefined) query += `${wire}=${encodeURIComponent(value)}&`;
  }
  return query;
}

function sidOf({ sid }: AnyRecord): string | null {
  return typeof sid === 'string' ? sid : null;
}

function authorizerFor({ auth, log }: UpstreamSettings, transport: Transport, clock: Clock): Authorizer {
  return auth.kind === 'basic'
    ? basicAuthorizer(auth.user, auth.password)
    : new ClientCredentialsAuthorizer(auth, transport, clock, log);
}

/** Counts every unknown enum value, and logs the first of each field: a page may have a thousand of them. */
function unknownEnumValueReporter(log: UpstreamLog, observer: UpstreamObserver): (field: string) => void {
  const logged = new Set<string>();
  return (field) => {
    observer.drift(field);
    if (logged.has(field)) return;
    logged.add(field);
    log.warn({ field }, 'upstream sent an enum value that is not defined in the schema');
  };
}
