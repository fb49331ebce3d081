import type { ExecutionResult } from '@graphql-tools/utils';
import type { Logger } from 'pino';
import type { HttpContext } from '../http/context.js';
import { CALLBACK_TYPE } from '../http/response-types.js';
import { type Cost, noCost } from '../upstream/upstream.js';
import type { Metrics } from './metrics/index.js';
import { describeOperation } from './operation-span.js';
import { codesOf, levelOf } from './outcome.js';

const NO_COST = noCost();
const CANCELLED: readonly string[] = ['CANCELLED'];

/**
 * Counts and logs each operation once, when its response is complete. Of the request only the operation name is logged,
 * never variables, documents or headers.
 */
export class OperationTelemetry {
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #sample: number;

  /** @param sample - share of the operations without errors that are logged, from 0 to 1 */
  constructor(metrics: Metrics, log: Logger, sample: number) {
    this.#metrics = metrics;
    this.#log = log;
    this.#sample = sample;
  }

  /**
   * Records an operation.
   *
   * @param aborted - whether the client disconnected before the response was complete
   * @param parts - parts of the response; several with `@defer`
   */
  record(context: HttpContext, aborted: boolean, parts: readonly ExecutionResult[]): void {
    const { startedAt, operationName: name, cost = NO_COST, persisted } = context;
    const ms = performance.now() - (startedAt ?? performance.now());
    // A client that has disconnected receives no errors, so these do not count.
    const codes = aborted ? CANCELLED : codesOf(parts);
    const outcome = codes[0] ?? 'ok';
    const { span } = context;
    if (span?.isRecorded) describeOperation(span, context, codes);
    const { requests: upstreamRequests, cacheHits } = cost;
    this.#metrics.operation({ name, outcome, seconds: ms / 1000, upstreamRequests, cacheHits, persisted });
    if (codes.length === 0 && this.#sample < 1 && Math.random() >= this.#sample) return;
    const level = levelOf(codes);
    if (this.#log.isLevelEnabled(level)) {
      this.#log[level](Object.assign(factsOf(context, codes, ms), costFacts(cost)), 'operation');
    }
  }

  /** Describes the request of a subscription whose events are sent by callbacks: its span ends long before them. */
  accepted(context: HttpContext): void {
    const { span } = context;
    if (span?.isRecorded) describeOperation(span, context, []);
  }

  /**
   * Records a subscription that has ended. It lasts for as long as its client wants, so that its time says nothing.
   *
   * @param aborted - whether the client has left
   * @param events - number of its events
   * @param errors - distinct error codes of its events, in order
   */
  subscription(context: HttpContext, aborted: boolean, events: number, errors: readonly string[]): void {
    const { startedAt = performance.now(), span, eventsType: transport } = context;
    const codes = aborted ? CANCELLED : errors;
    if (span?.isRecorded && transport !== CALLBACK_TYPE) {
      describeOperation(span, context, aborted ? [] : codes);
    }
    this.#metrics.subscription(codes[0] ?? 'ok');
    const facts = { ...factsOf(context, codes, performance.now() - startedAt), transport, events };
    const level = levelOf(codes);
    if (this.#log.isLevelEnabled(level)) this.#log[level](facts, 'subscription');
  }
}

/** The fields of the log line of an operation or a subscription. */
function factsOf(
  { requestId, operationName: operation, viewer, span }: HttpContext,
  codes: readonly string[],
  ms: number,
): object {
  return {
    requestId,
    ...(span !== undefined && { traceId: span.traceId }),
    operation,
    codes,
    ms: Math.round(ms),
    caller: viewer?.name,
    account: viewer?.account,
  };
}

/** The fields that say what an operation has cost. */
function costFacts({ requests, waitMs, retries, cacheHits, staleMs, failure }: Cost): object {
  return {
    upstreamRequests: requests,
    upstreamWaitMs: Math.round(waitMs),
    retries,
    cacheHits,
    ...(staleMs > 0 && { staleMs: Math.round(staleMs) }),
    ...(failure !== null && { upstream: failure }),
  };
}
