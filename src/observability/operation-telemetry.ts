import type { ExecutionResult } from '@graphql-tools/utils';
import type { Logger } from 'pino';
import type { HttpContext } from '../http/context.js';
import type { Metrics } from './metrics.js';
import { codesOf } from './outcome.js';

/**
 * Counts and logs operations, each once, when it is answered. Of what the client sent only the operation's name is
 * logged; never variables, documents or headers.
 */
export class OperationTelemetry {
  readonly #metrics: Metrics;
  readonly #log: Logger;

  constructor(metrics: Metrics, log: Logger) {
    this.#metrics = metrics;
    this.#log = log;
  }

  /**
   * @param gone - whether the client has gone away before it was answered
   * @param parts - the answer, which with `@defer` has several
   */
  record(
    { startedAt, operationName: operation, viewer, cost }: HttpContext,
    gone: boolean,
    parts: readonly ExecutionResult[],
  ): void {
    const ms = performance.now() - (startedAt ?? performance.now());
    // Whoever has gone away sees none of it, whatever became of it.
    const codes = gone ? ['CANCELLED'] : codesOf(parts);
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
