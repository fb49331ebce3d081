import { GraphQLError, Source } from 'graphql';
import type { GatewayContext } from '../graphql/context.js';
import { estimateMaxCost } from '../graphql/cost/estimate.js';
import { TRACE_HEADER } from '../graphql/plugins/inline-trace/index.js';
import type { PersistedDocuments } from '../graphql/plugins/persisted-operations.js';
import { upstreamExtension } from '../graphql/plugins/upstream-extension.js';
import { scopeCacheKey, type Viewer } from '../guards/authentication/viewer.js';
import type { HttpContext } from '../http/context.js';
import type { OperationTelemetry } from '../observability/operation-telemetry.js';
import { Cache } from '../upstream/cache/cache.js';
import type { Cost } from '../upstream/upstream.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { ExecutionOutcome } from './compiler/compiled-query.js';
import type { FastPath, FastResponse } from './index.js';
import type { Literal } from './literals.js';
import type { CachedOperation, OperationCache } from './operation-cache.js';
import { type GraphqlParameters, readBodyParameters, readQueryParameters } from './request.js';

/** Bytes of cached responses: some hundreds of windows of 50 records. */
const RESPONSE_CACHE_BYTES = 6 * 1024 * 1024;

/** What the fast path shares with Yoga's pipeline, so that no rule exists twice. */
export interface SharedPolicies {
  /** Creates the context of an operation. */
  readonly contextFor: (viewer: Viewer, signal: AbortSignalLike) => GatewayContext;
  /** Upstream requests that one operation may take. */
  readonly maxUpstreamRequests: number;
  /** Masks an error for clients. */
  readonly maskError: (error: unknown) => GraphQLError;
  readonly telemetry: OperationTelemetry;
  readonly persistedDocuments: PersistedDocuments;
  /** Milliseconds for which upstream data may be served again; 0: no response is cached. */
  readonly cacheTtlMs: number;
  /** The upstream client's clock. */
  readonly now: () => number;
}

/** A response that was served before. */
interface CachedResponse {
  /** The whole body: JSON in UTF-8. */
  readonly body: Buffer;
  /** The operation's name as it may be logged. */
  readonly operationName: string | undefined;
  /** Cached upstream responses that it is made of. */
  readonly hits: number;
}

/**
 * Executes compiled operations without Yoga.
 *
 * Returns `null`, so that Yoga handles the request, for anything that it does not support, and for any result that may
 * be a request-level error. A response made of cached upstream data alone is cached as bytes, keyed by scopes and
 * request text, and expires with the oldest upstream response in it.
 */
export class CompiledFastPath implements FastPath {
  readonly #policies: SharedPolicies;
  readonly #operations: OperationCache;
  readonly #responses: Cache<CachedResponse>;

  constructor(policies: SharedPolicies, operations: OperationCache) {
    this.#policies = policies;
    this.#operations = operations;
    const settings = { ttlMs: policies.cacheTtlMs, staleIfErrorMs: 0, maxBytes: RESPONSE_CACHE_BYTES };
    this.#responses = new Cache(settings, policies.now);
  }

  readonly recordExecution: FastPath['recordExecution'] = (...operation) =>
    this.#operations.recordExecution(...operation);

  handle(
    http: HttpContext,
    body: string | null,
    signalOf: () => AbortSignalLike,
  ): FastResponse | null | Promise<FastResponse | null> {
    const { viewer, req } = http;
    if (viewer === undefined || req.headers[TRACE_HEADER] !== undefined) return null;
    const request = body ?? req.url ?? '';
    const key = this.#responses.enabled ? `${scopeCacheKey(viewer)}${request}` : '';
    const cached = this.#responses.fresh(key)?.value;
    if (cached !== undefined) return this.#serve(cached, http);
    const parameters = body === null ? readQueryParameters(request) : readBodyParameters(request);
    const text = parameters === null ? undefined : this.#documentOf(parameters);
    if (parameters === null || text === undefined) return null;
    const found = this.#operations.get(text, parameters.operationName);
    return found === null ? null : this.#execute(found, parameters, text, key, http, signalOf);
  }

  /** @returns `undefined` if Yoga has to reject the request */
  #documentOf(parameters: GraphqlParameters): string | undefined {
    try {
      return this.#policies.persistedDocuments.resolve(parameters);
    } catch {
      return undefined;
    }
  }

  #execute(
    { operation, literals }: CachedOperation,
    { variables: sent, operationName }: GraphqlParameters,
    text: string,
    key: string,
    http: HttpContext,
    signalOf: () => AbortSignalLike,
  ): Promise<FastResponse | null> | null {
    const { viewer } = http;
    const variables = operation.coerce(sent, literals);
    const query = variables && operation.query(variables);
    if (variables === null || query === null || viewer === undefined) return null;
    const { maxUpstreamRequests, contextFor } = this.#policies;
    if (operation.costBound.of(variables) > maxUpstreamRequests) {
      const { schema, document } = operation;
      const cost = estimateMaxCost({ schema, document, operationName, variableValues: variables }, viewer);
      if (cost > maxUpstreamRequests) return null;
    }
    const signal = signalOf();
    const context = contextFor(viewer, signal);
    return query.execute(undefined, context, variables).then((outcome) => {
      // Whether that is a partial result or a failed request is Yoga's decision.
      if (outcome.data === 'null') return null;
      http.operationName = operation.sanitizedName;
      const errors = relocated(outcome.errors, operation.literalSpans, literals, text);
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
    const json = `{"data":${data}`;
    http.cost = cost;
    if (errors.length > 0) {
      const masked = errors.map(maskError);
      telemetry.record(http, signal.aborted, [{ errors: masked }]);
      return textResponse(withExtensions(`${json},"errors":${JSON.stringify(masked)}`, cost), false);
    }
    telemetry.record(http, signal.aborted, []);
    if (cost.requests === 0 && cost.staleMs === 0 && cost.cacheHits > 0) {
      const body = Buffer.from(withExtensions(json, cost));
      const value = { body, operationName: http.operationName, hits: cost.cacheHits };
      this.#responses.put(key, { value, bytes: key.length + body.length, sentAt: cost.oldestSentAt });
      return { body, bytes: body.length };
    }
    return textResponse(withExtensions(json, cost), isAscii);
  }

  #serve({ body, operationName, hits }: CachedResponse, http: HttpContext): FastResponse {
    http.operationName = operationName;
    http.cost = { requests: 0, retries: 0, cacheHits: hits, staleMs: 0, oldestSentAt: 0 };
    this.#policies.telemetry.record(http, false, []);
    return { body, bytes: body.length };
  }
}

/** @param isAscii - whether every character is one byte, so that the bytes need not be counted */
function textResponse(body: string, isAscii: boolean): FastResponse {
  return { body, bytes: isAscii ? body.length : Buffer.byteLength(body) };
}

function withExtensions(json: string, cost: Cost): string {
  return `${json},"extensions":{"upstream":${JSON.stringify(upstreamExtension(cost))}}}`;
}

/**
 * Moves the locations of errors from the document that was compiled to the one that was sent: literals of another length
 * move what follows them.
 */
function relocated(
  errors: readonly GraphQLError[],
  compiled: readonly Pick<Literal, 'start' | 'end'>[],
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
    } as never);
  });
}
