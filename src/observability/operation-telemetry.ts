import type { ExecutionResult } from '@graphql-tools/utils';
import type { Logger } from 'pino';
import type { HttpContext } from '../http/context.js';
import type { Metrics } from './metrics.js';
import { codesOf } from './outcome.js';

/**
 * Counts and logs each operation once, when its response is complete. Of the request only the operation name is logged,
 * never variables, documents or headers.
 */
export class OperationTelemetry {
  readonly #metrics: Metrics;
  readonly #log: Logger;

  constructor(metrics: Metrics, log: Logger) {
    this.#metrics = metrics;
    this.#log = log;
  }

  /**
   * Records an operation.
   *
   * @param aborted - whether the client disconnected before the response was complete
   * @param parts - parts of the response; several with `@defer`
   */
  record(
    { startedAt, operationName: operation, viewer, cost }: HttpContext,
    aborted: boolean,
    parts: readonly ExecutionResult[],
  ): void {
    const ms = performance.now() - (startedAt ?? performance.now());
    // A client that has disconnected receives no errors, so these do not count.
    const codes = aborted ? ['CANCELLED'] : codesOf(parts);
    const outcome = codes[0] ?? 'ok';
    this.#metrics.operation({ outcome, seconds: ms / 1000, cacheHits: cost?.cacheHits ?? 0 });
    const level = codes.length > 0 ? 'info' : 'debug';
    if (!this.#log.isLevelEnabled(level)) return;
    const facts = { operation, codes, ms: Math.round(ms), caller: viewer?.name };
    this.#log[level](
      { ...facts, upstreamRequests: cost?.requests ?? 0, retries: cost?.retries ?? 0 },
      'operation',
    );
  }
}
