import { GraphQLError, Source } from 'graphql';
import { inPathOrder } from '../graphql/plugins/error-order.js';
import { TRACE_HEADER } from '../graphql/plugins/inline-trace/index.js';
import { upstreamExtension } from '../graphql/plugins/upstream-extension.js';
import type { SharedPolicies } from '../graphql/policies.js';
import type { AdmittedRequest, HttpContext } from '../http/context.js';
import type { FastPath, FastResponse } from '../http/graphql-handler.js';
import type { CompressedForms } from '../http/responder.js';
import { Cache } from '../upstream/cache/cache.js';
import { type Cost, noCost } from '../upstream/upstream.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { ExecutionOutcome } from './compiler/compiled-query.js';
import type { Literal } from './literals.js';
import type { CachedOperation, OperationCache } from './operation-cache.js';
import { type GraphqlParameters, readBodyParameters, readQueryParameters } from './parameters.js';

/** Capacity of the response cache: some hundred windows of 50 records. */
const RESPONSE_CACHE_BYTES = 6 * 1024 * 1024;

/** A response in the cache. */
interface CachedResponse {
  /** Complete body: JSON in UTF-8. */
  readonly body: Buffer;
  /** Compressed bodies, each at most half as large as the body. */
  readonly forms: CompressedForms;
  /** Operation name for logs. */
  readonly name: string | undefined;
  /** Document for spans, if they have documents. */
  readonly document: string | undefined;
  /** Number of upstream responses that it contains. */
  readonly hits: number;
  /** Whether the request refers to a persisted document. */
  readonly isPersisted: boolean;
}

/**
 * Executes compiled operations without Yoga, once Yoga has parsed, validated and executed them.
 *
 * Returns `null` for requests that it does not support and for results that may be a request-level error; Yoga handles
 * the request then. A response that contains cached upstream data only is cached as bytes. Its key is the account
 * and the scopes of the caller, and the request. It expires with the oldest upstream response that it contains.
 */
export class CompiledFastPath implements FastPath {
  readonly #operations: OperationCache;
  readonly #policies: SharedPolicies;
  readonly #responses: Cache<CachedResponse>;

  constructor(operations: OperationCache, policies: SharedPolicies) {
    this.#operations = operations;
    this.#policies = policies;
    const settings = { ttlMs: policies.cacheTtlMs, staleIfErrorMs: 0, maxBytes: RESPONSE_CACHE_BYTES };
    this.#responses = new Cache(settings, policies.now);
  }

  /**
   * Handles a request that the guards have admitted.
   *
   * @param body - JSON of a POST request; `null` for a GET request
   * @param abortSignal - creates the signal that is aborted when the client disconnects
   * @returns the response; `null` when Yoga has to handle the request
   */
  handle(
    body: string | null,
    http: AdmittedRequest,
    abortSignal: () => AbortSignalLike,
  ): FastResponse | null | Promise<FastResponse | null> {
    try {
      const response = this.#handle(body, http, abortSignal);
      return response instanceof Promise
        ? response.catch((error: unknown) => this.#fallBack(error))
        : response;
    } catch (error) {
      return this.#fallBack(error);
    }
  }

  /** Logs an exception, which is a defect of the fast path, and leaves the request to Yoga. */
  #fallBack(error: unknown): null {
    this.#policies.maskError(error);
    return null;
  }

  #handle(
    body: string | null,
    http: AdmittedRequest,
    abortSignal: () => AbortSignalLike,
  ): FastResponse | null | Promise<FastResponse | null> {
    const { viewer } = http;
    if (http.req.headers[TRACE_HEADER] !== undefined) return null;
    const request = body ?? http.req.url ?? '';
    const key = this.#responses.enabled ? this.#policies.cachePartition(viewer) + request : '';
    const cached = this.#responses.fresh(key)?.value;
    if (cached !== undefined) return this.#serveCached(cached, http);
    const parameters = body === null ? readQueryParameters(request) : readBodyParameters(request);
    const text = parameters === null ? undefined : this.#documentOf(parameters, http);
    if (parameters === null || text === undefined) return null;
    const found = this.#operations.get(text, parameters.operationName);
    return found && this.#execute(found, parameters.variables, text, key, http, abortSignal);
  }

  /** @returns `undefined` if Yoga has to reject the request */
  #documentOf(parameters: GraphqlParameters, http: HttpContext): string | undefined {
    try {
      return this.#policies.persistedDocuments.resolve(parameters, http);
    } catch (error) {
      if (error instanceof GraphQLError) return undefined;
      throw error;
    }
  }

  #execute(
    { operation, literals }: CachedOperation,
    variables: Readonly<Record<string, unknown>>,
    text: string,
    key: string,
    http: AdmittedRequest,
    abortSignal: () => AbortSignalLike,
  ): Promise<FastResponse | null> | null {
    const { viewer } = http;
    const coerced = operation.coerce(variables, literals);
    const variant = coerced && operation.variantFor(coerced);
    if (coerced === null || variant === null) return null;
    // Yoga rejects an operation that is too expensive, with the numbers.
    const walkPages = operation.walkPages(variant, coerced, viewer, this.#policies);
    if (walkPages === null) return null;
    const signal = abortSignal();
    const context = this.#policies.contextFor(viewer, signal, http.span);
    context.loaders.limitWalks(walkPages);
    return variant.query.execute(undefined, context, coerced).then((outcome) => {
      // Yoga decides whether this is a partial result or a request error.
      if (outcome.data === 'null') return null;
      describe(http, operation.sanitizedName, this.#policies.tracesDocuments ? text : undefined);
      const errors = relocated(outcome.errors, operation.literals, literals, text);
      return this.#respond(key, { ...outcome, errors }, context.cost, http, signal);
    });
  }

  #respond(
    key: string,
    { data, isAscii, errors }: ExecutionOutcome,
    cost: Cost,
    http: HttpContext,
    signal: AbortSignalLike,
  ): FastResponse {
    const { telemetry, maskError } = this.#policies;
    http.cost = cost;
    if (errors.length > 0) {
      const masked = inPathOrder(errors).map(maskError);
      telemetry.record(http, signal.aborted, [{ errors: masked }]);
      // `errors` comes first, as the specification recommends and Yoga does.
      return textResponse(withExtensions(`{"errors":${JSON.stringify(masked)},"data":${data}`, cost), false);
    }
    const json = `{"data":${data}`;
    telemetry.record(http, signal.aborted, []);
    if (cost.requests === 0 && cost.staleMs === 0 && cost.cacheHits > 0) {
      const body = Buffer.from(withExtensions(json, cost));
      const forms: CompressedForms = new Map();
      const { operationName: name, document, persisted } = http;
      const isPersisted = persisted !== undefined;
      const value = { body, forms, name, document, hits: cost.cacheHits, isPersisted };
      // A character of the key takes at most two bytes. The body counts twice, because its compressed forms are stored
      // too.
      const bytes = 2 * (key.length + (document?.length ?? 0) + body.length);
      this.#responses.put(key, { value, bytes, sentAt: cost.oldestSentAt });
      return { body, bytes: body.length, forms };
    }
    return textResponse(withExtensions(json, cost), isAscii);
  }

  #serveCached(
    { body, forms, name, document, hits, isPersisted }: CachedResponse,
    http: HttpContext,
  ): FastResponse {
    describe(http, name, document);
    if (isPersisted) http.persisted = 'found';
    http.cost = { ...noCost(), cacheHits: hits };
    this.#policies.telemetry.record(http, false, []);
    return { body, bytes: body.length, forms };
  }
}

/** Only queries are compiled. */
function describe(http: HttpContext, name: string | undefined, document: string | undefined): void {
  http.operationName = name;
  http.operationType = 'query';
  http.document = document;
}

/** An ASCII string has as many bytes as characters. `Buffer.byteLength` would flatten the string first. */
function textResponse(body: string, isAscii: boolean): FastResponse {
  return { body, bytes: isAscii ? body.length : Buffer.byteLength(body) };
}

function withExtensions(json: string, cost: Cost): string {
  return `${json},"extensions":{"upstream":${JSON.stringify(upstreamExtension(cost))}}}`;
}

/**
 * Translates the locations of errors from the compiled document to the sent one. The documents differ in their
 * literals, whose length shifts the positions after them.
 */
function relocated(
  errors: readonly GraphQLError[],
  compiled: readonly Literal[],
  sent: readonly Literal[],
  text: string,
): readonly GraphQLError[] {
  if (errors.length === 0 || sent.length === 0) return errors;
  const source = new Source(text);
  const move = (position: number): number => {
    let moved = position;
    for (const [index, { start, end }] of compiled.entries()) {
      const literal = sent[index];
      if (literal !== undefined && start < position) moved += literal.end - literal.start - (end - start);
    }
    return moved;
  };
  return errors.map(({ message, positions, path, originalError, extensions }) => {
    const at = positions?.map(move) ?? null;
    return new GraphQLError(message, {
      source,
      positions: at,
      path: path ?? null,
      originalError,
      extensions,
    });
  });
}
