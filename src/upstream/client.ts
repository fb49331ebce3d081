import { firstPageRef, MAX_PAGE_SIZE, type PageRef, smallerSize } from '../pagination/page.js';
import type { AnyRecord } from '../resources/any-record.js';
import {
  type CollectionDeclaration,
  collectionPath,
  fieldPath,
  type ListDeclaration,
  type Lookup,
  parametersOf,
  type ResourceDeclaration,
  revealsParent,
  type SingleRead,
} from '../resources/define.js';
import type { DecodeContext } from '../resources/member.js';
import { type DecodeRecord, recordDecoder, sidOf } from '../resources/record.js';
import { type Clock, systemClock } from '../util/clock.js';
import type { Authorizer } from './auth/authorizer.js';
import { basicAuthorizer } from './auth/basic.js';
import { ClientCredentialsAuthorizer } from './auth/client-credentials.js';
import { ReplaceableAuthorizer } from './auth/replaceable.js';
import { readBase } from './base.js';
import { BodyRingBuffer } from './cache/body-ring-buffer.js';
import { Cache } from './cache/cache.js';
import { CachedFetcher } from './cache/cached-fetcher.js';
import { ResponseCache, type Stored } from './cache/response-cache.js';
import { badResponse } from './decode/bad-response.js';
import { readEnvelope } from './decode/envelope.js';
import { type JsonObject, parseObject } from './decode/json.js';
import { type ListDecoder, type ParsedList, referenceListDecoder } from './decode/list.js';
import { type ListAddress, pageQuery } from './decode/page-url.js';
import { isVendorHost } from './decode/vendor-hosts.js';
import { gatewayStopping } from './errors.js';
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
  type AuthSettings,
  type BreakerState,
  silentObserver,
  type UpstreamLog,
  type UpstreamObserver,
  type UpstreamSettings,
  type UpstreamStats,
} from './settings.js';
import type { FetchedPage, RecordListing, RequestScope, Upstream, UpstreamList } from './upstream.js';

const MEGABYTE = 1024 * 1024;
/** Response bodies: some 500 pages of 50 records. */
const BODY_BYTES = 14 * MEGABYTE;
/** Records of one resource, bodies and decoded records together. */
const RECORD_CACHE_BYTES = 3 * MEGABYTE;
/** Listings of one resource. */
const LISTING_CACHE_BYTES = 6 * MEGABYTE;

/** Page of a lookup by a filter: the vendors document one record at most, and may take a name for a part of others. */
const LOOKUP_PAGE = firstPageRef(50);

/** Stands for a SID, or another name of a record, in the path templates of spans. */
const SID_PLACEHOLDER = '{Sid}';

/** Text that can be a SID. Anything else could be a unique name, which finds another record, or lead out of the path. */
const SID = /^[0-9A-Za-z]{1,64}$/;

/** An upstream client whose credentials can be replaced. */
export interface ManagedUpstream extends Upstream {
  /** Replaces the credentials of the account. Requests in flight are not affected. */
  replaceCredentials(auth: AuthSettings): void;
  stats(): UpstreamStats;
}

/**
 * Connects to the wireless REST API. No request is sent before the first call.
 *
 * @param clock - clock, timers and jitter
 * @param listDecoder - decodes the pages of lists
 */
export function createUpstream(
  settings: UpstreamSettings,
  clock: Clock = systemClock,
  listDecoder: ListDecoder = referenceListDecoder,
): ManagedUpstream {
  return new UpstreamClient(settings, clock, listDecoder);
}

/** How one resource is fetched by SID. */
interface RecordSource {
  readonly single: SingleRead;
  readonly decode: DecodeRecord;
  readonly cache: ResponseCache<AnyRecord | null, JsonObject>;
  readonly records: CachedFetcher<AnyRecord | null, JsonObject>;
  readonly listings: CachedFetcher<RecordListing, JsonObject>;
}

type CacheSize = Omit<UpstreamStats['caches'][number], 'route'>;

type ListSource = CachedFetcher<FetchedPage | null, ParsedList>;

class UpstreamClient implements ManagedUpstream {
  readonly #settings: UpstreamSettings;
  readonly #clock: Clock;
  readonly #log: UpstreamLog;
  readonly #listDecoder: ListDecoder;
  readonly #bases: readonly [string, string];
  readonly #observer: UpstreamObserver;
  readonly #onUnknownEnumValue: (field: string) => void;
  readonly #transport: Transport;
  readonly #authorizer: ReplaceableAuthorizer;
  readonly #limiter: ConcurrencyLimiter;
  readonly #budget: RetryBudget;
  #breakerState: BreakerState = 'closed';
  readonly #health: Health;
  readonly #executor: RequestExecutor;
  readonly #bodies = new BodyRingBuffer(BODY_BYTES);
  readonly #recordSources = new Map<ResourceDeclaration, RecordSource>();
  readonly #listSources = new Map<ListDeclaration, ListSource>();
  /** All response caches, with the names of what they have responses of. */
  readonly #caches: { readonly route: string; readonly cache: { readonly size: CacheSize } }[] = [];

  constructor(settings: UpstreamSettings, clock: Clock, listDecoder: ListDecoder) {
    const { attemptTimeoutMs, concurrency } = settings;
    const log = shieldedLog(settings.log);
    const observer = shieldedObserver(settings.observer ?? silentObserver, log);
    const base = readBase(settings.baseUrl);
    const publicBase = readBase(settings.publicBaseUrl);
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
    this.#listDecoder = listDecoder;
    this.#observer = observer;
    this.#bases = [base.origin + base.prefix, publicBase.origin + publicBase.prefix];
    this.#onUnknownEnumValue = unknownEnumValueReporter(log, observer);
    const { proxy = null } = settings;
    this.#transport = new Transport({ connections: concurrency, attemptTimeoutMs, proxy }, clock);
    this.#authorizer = new ReplaceableAuthorizer(this.#authorizerFor(settings.auth));
    this.#health = new Health(clock, log);
    const breaker = new CircuitBreaker(clock, (state) => {
      this.#health.breaker(state);
      this.#breakerState = state;
      log.warn({ state }, 'upstream circuit breaker changes state');
    });
    this.#limiter = new ConcurrencyLimiter(concurrency, clock);
    this.#budget = new RetryBudget(clock);
    this.#executor = new RequestExecutor({
      base,
      compression: settings.compression,
      traceparent: settings.traceparent ?? false,
      authorizer: this.#authorizer,
      breaker,
      health: this.#health,
      limiter: this.#limiter,
      slots: settings.shared?.slots ?? null,
      budget: this.#budget,
      transport: this.#transport,
      observer,
      log,
      runtime: clock,
    });
  }

  async record(resource: ResourceDeclaration, sid: string, scope: RequestScope): Promise<AnyRecord | null> {
    const source = this.#recordSource(resource);
    if (source === null || !SID.test(sid)) return null;
    return source.records.get(`${source.single.collection.path}/${sid}`, scope, (response) => {
      if (response.json === null) return null;
      const record = source.decode(response.json, this.#context(response));
      const found = sidOf(record);
      if (found === null) throw badResponse('has no SID', response.facts);
      if (found !== sid) throw badResponse(`is another ${resource.name}`, response.facts);
      return record;
    });
  }

  async lookup(
    resource: ResourceDeclaration,
    { by, field }: Lookup,
    name: string,
    scope: RequestScope,
  ): Promise<AnyRecord | null> {
    const source = this.#recordSource(resource);
    if (source === null) return null;
    const { path, envelopeKey } = source.single.collection;
    const encoded = encodeURIComponent(name);
    const target =
      by === 'path' ? `${path}/${encoded}` : `${path}?${by.filter}=${encoded}&${pageQuery(LOOKUP_PAGE)}`;
    const decode = (response: UpstreamResponse<JsonObject>) => {
      if (response.json === null) return null;
      const elements = by === 'path' ? [response.json] : response.json[envelopeKey];
      if (!Array.isArray(elements)) throw badResponse(`has no list of ${envelopeKey}`, response.facts);
      const context = this.#context(response);
      const found = elements
        .map((json) => source.decode(json, context))
        .find((record) => record[field] === name);
      // The name can be the SID of another record, or the beginning of another name.
      if (found === undefined) return null;
      if (sidOf(found) === null) throw badResponse('has no SID', response.facts);
      return found;
    };
    return by === 'path'
      ? source.records.get(target, scope, decode)
      : source.records.get(target, scope, decode, false, path);
  }

  async listing(resource: ResourceDeclaration, scope: RequestScope): Promise<RecordListing> {
    const source = this.#recordSource(resource);
    if (source === null) return { records: new Map(), complete: false };
    const path = `${source.single.collection.path}?${pageQuery(firstPageRef(MAX_PAGE_SIZE))}`;
    return source.listings.get(path, scope, (response) => this.#readListing(source, response));
  }

  page(list: UpstreamList, ref: PageRef, scope: RequestScope): Promise<FetchedPage | null> {
    const { declaration, parentSid } = list;
    const { collection, parent } = declaration;
    if (parent !== null && !SID.test(parentSid)) return Promise.resolve(null);
    const path = collectionPath(collection, parentSid);
    const decode = (response: UpstreamResponse<ParsedList>) => {
      const { facts } = response;
      if (response.json === null) {
        // Only the first page of a list says whether the parent exists: after a token, the page may have expired.
        if (ref.token === null && revealsParent(declaration)) return null;
        throw badResponse('says that the page does not exist', facts);
      }
      const { records, meta } = response.json;
      if (records === null) throw badResponse(`has no list of ${collection.envelopeKey}`, facts);
      const { next, previous } = readEnvelope(meta, this.#addressOf(path, collection), ref.size, facts);
      const { sentAt } = response.http;
      return { records: records(this.#context(response)), next, previous, sentAt };
    };
    // An upstream that works can answer 500 to a large page.
    const mayRefuse = ref.token === null && smallerSize(ref.size) !== null;
    const target = `${path}?${filterQuery(list)}${pageQuery(ref)}`;
    return this.#listSource(declaration).get(target, scope, decode, mayRefuse);
  }

  state(): UpstreamState {
    const { state } = this.#health;
    return state === 'ok' && this.#limiter.held ? 'throttled' : state;
  }

  stats(): UpstreamStats {
    const { limit, inFlight, queued } = this.#limiter;
    // A request that waits for a shared slot holds a permit of this instance.
    const waiting = this.#settings.shared?.slots.queued ?? 0;
    const caches = this.#caches.map(({ route, cache }) => ({ route, ...cache.size }));
    return {
      limit,
      maxLimit: this.#settings.concurrency,
      inFlight: Math.max(0, inFlight - waiting),
      queued: queued + waiting,
      retryBudget: this.#budget.tokens,
      breaker: this.#breakerState,
      caches,
    };
  }

  replaceCredentials(auth: AuthSettings): void {
    this.#authorizer.replace(this.#authorizerFor(auth));
  }

  async close(): Promise<void> {
    const error = gatewayStopping();
    this.#authorizer.close();
    for (const { records, listings } of this.#recordSources.values()) {
      records.close(error);
      listings.close(error);
    }
    for (const source of this.#listSources.values()) source.close(error);
    await this.#settings.shared?.close();
    await this.#transport.close();
  }

  #readListing(
    { single: { collection }, decode, cache }: RecordSource,
    response: UpstreamResponse<JsonObject>,
  ): RecordListing {
    const { path, envelopeKey } = collection;
    const { facts } = response;
    if (response.json === null) throw badResponse(`says that there is no list of ${envelopeKey}`, facts);
    const { [envelopeKey]: elements, meta } = response.json;
    if (!Array.isArray(elements)) throw badResponse(`has no list of ${envelopeKey}`, facts);
    const { next } = readEnvelope(meta, this.#addressOf(path, collection), MAX_PAGE_SIZE, facts);
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
    // A record without a SID may be any record, so one that is not among the others may still exist.
    return { records, complete: next === null && identified === elements.length };
  }

  #authorizerFor(auth: AuthSettings): Authorizer {
    return auth.kind === 'basic'
      ? basicAuthorizer(auth.user, auth.password)
      : new ClientCredentialsAuthorizer(
          auth,
          this.#transport,
          this.#clock,
          this.#log,
          this.#settings.shared?.tokens ?? null,
          (outcome) => this.#observer.token(outcome),
        );
  }

  #addressOf(path: string, collection: CollectionDeclaration): ListAddress {
    return { path, bases: this.#bases, isAlias: isVendorHost, parameters: parametersOf(collection) };
  }

  #context({ facts }: UpstreamResponse<unknown>): DecodeContext {
    return { requestId: facts.requestId ?? null, onUnknownEnumValue: this.#onUnknownEnumValue };
  }

  /** @returns `null` if the upstream cannot fetch one record of the resource */
  #recordSource(resource: ResourceDeclaration): RecordSource | null {
    const { single } = resource;
    if (single === null) return null;
    let source = this.#recordSources.get(resource);
    if (source === undefined) {
      const classify: ClassifyResponse<JsonObject> = (http) =>
        classifyResponse(http, this.#settings.dialect, parseObject);
      const { name } = resource;
      const cache = this.#responseCache<AnyRecord | null, JsonObject>(name, RECORD_CACHE_BYTES, classify);
      const listings = this.#responseCache<RecordListing, JsonObject>(name, LISTING_CACHE_BYTES, classify);
      source = {
        single,
        decode: recordDecoder(resource),
        cache,
        records: this.#fetcher(name, cache, `${single.collection.path}/${SID_PLACEHOLDER}`),
        listings: this.#fetcher(name, listings, single.collection.path, 'once'),
      };
      this.#recordSources.set(resource, source);
    }
    return source;
  }

  #listSource(list: ListDeclaration): ListSource {
    let source = this.#listSources.get(list);
    if (source === undefined) {
      const parse = this.#listDecoder(list);
      const route = fieldPath(list);
      const cache = this.#responseCache<FetchedPage | null, ParsedList>(route, list.cacheBytes, (http) =>
        classifyResponse(http, this.#settings.dialect, parse),
      );
      source = this.#fetcher(route, cache, collectionPath(list.collection, SID_PLACEHOLDER));
      this.#listSources.set(list, source);
    }
    return source;
  }

  #responseCache<T, J>(route: string, maxBytes: number, read: ClassifyResponse<J>): ResponseCache<T, J> {
    const { cacheTtlMs: ttlMs, staleIfErrorMs } = this.#settings;
    const cache = new Cache<Stored<T>>({ ttlMs, staleIfErrorMs, maxBytes }, this.#clock.now);
    const store = new ResponseCache<T, J>({ cache, bodies: this.#bodies, read });
    this.#caches.push({ route, cache: store });
    return store;
  }

  #fetcher<T, J>(
    route: string,
    store: ResponseCache<T, J>,
    template: string,
    effort: Effort = 'full',
  ): CachedFetcher<T, J> {
    return new CachedFetcher<T, J>({
      store,
      exchange: this.#executor,
      shared: this.#settings.shared?.pages ?? null,
      runtime: this.#clock,
      log: this.#log,
      observer: this.#observer,
      route,
      effort,
      template,
    });
  }
}

/** What the upstream evaluates, as the beginning of a query: the list's arguments, and the parent if it is a filter. */
function filterQuery({ declaration, parentSid, args }: UpstreamList): string {
  const { parentFilter, arguments: declared } = declaration;
  let query = parentFilter === undefined ? '' : `${parentFilter}=${parentSid}&`;
  for (const [name, { filter }] of Object.entries(declared)) {
    const value = args[name];
    if (value !== undefined) query += `${filter}=${encodeURIComponent(value)}&`;
  }
  return query;
}

/** Counts every unknown enum value, and logs the first of each field: a page may have a thousand of them. */
function unknownEnumValueReporter(log: UpstreamLog, observer: UpstreamObserver): (field: string) => void {
  const logged = new Set<string>();
  return (field) => {
    observer.drift(field);
    if (logged.has(field)) return;
    logged.add(field);
    log.warn({ field }, 'the upstream sends an enum value that is not known');
  };
}
