import { GraphQLError, Source } from 'graphql';
import { inPathOrder } from '../graphql/plugins/error-order.js';
import { TRACE_HEADER } from '../graphql/plugins/inline-trace/index.js';
import { upstreamExtension } from '../graphql/plugins/upstream-extension.js';
import type { SharedPolicies } from '../graphql/policies.js';
import type { AdmittedRequest, HttpContext } from '../http/context.js';
import type { FastPath, FastResponse } from '../http/graphql-handler.js';
import type { CompressedForms } from '../http/responder.js';
import { scopeCacheKey } from '../resources/viewer.js';
import { Cache } from '../upstream/cache/cache.js';
import type { Cost } from '../upstream/upstream.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { ExecutionOutcome } from './compiler/compiled-query.js';
import type { Literal } from './literals.js';
import type { CachedOperation, OperationCache } from './operation-cache.js';
import { type GraphqlParameters, readBodyParameters, readQueryParameters } from './parameters.js';

/** Answers that are kept: some hundreds of windows of 50. */
const RESPONSE_CACHE_BYTES = 6 * 1024 * 1024;

/** An answer that has been given before. */
interface CachedResponse {
  /** All of it, ready to be sent: JSON in UTF-8. */
  readonly body: Buffer;
  /** Each of them at most half as large as the body. */
  readonly forms: CompressedForms;
  /** The operation's name as it may be logged. */
  readonly name: string | undefined;
  /** Answers of the upstream that it is made of. */
  readonly hits: number;
}

/**
 * The direct way from the body of a request to that of its answer, for an operation that Yoga has parsed, validated
 * and run before: what is known of it need not be found out again. Everything else is left to Yoga, and so is
 * whatever may be answered with an error for the whole operation.
 *
 * An answer that could be made of cached ones alone is kept as text, for as long as the oldest of those may be
 * answered: the same body from a caller with the same scopes means the same answer until then.
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
   * Answers a request that has been admitted.
   *
   * @param body - the JSON of a POST request; `null` for a GET request
   * @param gone - aborts when the client has gone away
   * @returns the answer; `null` when it takes Yoga to answer this
   */
  handle(
    body: string | null,
    http: AdmittedRequest,
    gone: () => AbortSignalLike,
  ): FastResponse | null | Promise<FastResponse | null> {
    try {
      const answer = this.#handle(body, http, gone);
      return answer instanceof Promise ? answer.catch((error: unknown) => this.#fallBack(error)) : answer;
    } catch (error) {
      return this.#fallBack(error);
    }
  }

  /** An exception is a defect of the fast path, and no answer: it is logged, and Yoga executes the operation. */
  #fallBack(error: unknown): null {
    this.#policies.maskError(error);
    return null;
  }

  #handle(
    body: string | null,
    http: AdmittedRequest,
    gone: () => AbortSignalLike,
  ): FastResponse | null | Promise<FastResponse | null> {
    const { viewer } = http;
    if (http.req.headers[TRACE_HEADER] !== undefined) return null;
    const request = body ?? http.req.url ?? '';
    const key = this.#responses.enabled ? scopeCacheKey(viewer) + request : '';
    const kept = this.#responses.fresh(key)?.value;
    if (kept !== undefined) return this.#serveCached(kept, http);
    const parameters = body === null ? readQueryParameters(request) : readBodyParameters(request);
    const text = parameters === null ? undefined : this.#documentOf(parameters);
    if (parameters === null || text === undefined) return null;
    const found = this.#operations.get(text, parameters.operationName);
    return found && this.#execute(found, parameters.variables, text, key, http, gone);
  }

  /** @returns `undefined` if Yoga has to reject the request */
  #documentOf(parameters: GraphqlParameters): string | undefined {
    try {
      return this.#policies.persistedDocuments.resolve(parameters);
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
    gone: () => AbortSignalLike,
  ): Promise<FastResponse | null> | null {
    const { viewer } = http;
    const { maxUpstreamRequests, contextFor } = this.#policies;
    const coerced = operation.coerce(variables, literals);
    const form = coerced && operation.variantFor(coerced);
    if (coerced === null || form === null) return null;
    // Yoga rejects an operation that is too expensive, with the numbers.
    if (operation.exceeds(maxUpstreamRequests, form, coerced, viewer)) return null;
    const signal = gone();
    const context = contextFor(viewer, signal);
    return form.program.execute(undefined, context, coerced).then((outcome) => {
      // Whether that is a partial result or a failed request is Yoga's decision.
      if (outcome.data === 'null') return null;
      http.operationName = operation.sanitizedName;
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
    const { telemetry: observer, maskError } = this.#policies;
    http.cost = cost;
    if (errors.length > 0) {
      const masked = inPathOrder(errors).map(maskError);
      observer.record(http, signal.aborted, [{ errors: masked }]);
      // The order of keys that the specification recommends, and that Yoga writes.
      return textResponse(withExtensions(`{"errors":${JSON.stringify(masked)},"data":${data}`, cost), false);
    }
    const json = `{"data":${data}`;
    observer.record(http, signal.aborted, []);
    if (cost.requests === 0 && cost.staleMs === 0 && cost.cacheHits > 0) {
      const body = Buffer.from(withExtensions(json, cost));
      const forms: CompressedForms = new Map();
      const value = { body, forms, name: http.operationName, hits: cost.cacheHits };
      // A character of the key takes two bytes at most; twice the body, with room for its compressed forms.
      const bytes = 2 * (key.length + body.length);
      this.#responses.put(key, { value, bytes, sentAt: cost.oldestSentAt });
      return { body, bytes: body.length, forms };
    }
    return textResponse(withExtensions(json, cost), isAscii);
  }

  #serveCached({ body, forms, name, hits }: CachedResponse, http: HttpContext): FastResponse {
    http.operationName = name;
    http.cost = { requests: 0, retries: 0, cacheHits: hits, staleMs: 0, oldestSentAt: 0 };
    this.#policies.telemetry.record(http, false, []);
    return { body, bytes: body.length, forms };
  }
}

/** Where every character is a byte they need not be counted, for which all parts of the text would be put together. */
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
