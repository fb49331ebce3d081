import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { Logger } from 'pino';
import { errorCodeOf } from '../../util/error-code.js';

/** What exporters of spans and of metrics have in common. */
interface Exporter<Batch> {
  export(batch: Batch, done: (result: ExportResult) => void): void;
}

/**
 * Logs when exports begin to fail and when they succeed again: one line for each outage. The SDK only tells a global logger,
 * for each batch.
 *
 * @param signal - `traces` or `metrics`
 */
export function watched<Batch, E extends Exporter<Batch>>(exporter: E, signal: string, log: Logger): E {
  let failing = false;
  const send = exporter.export.bind(exporter);
  exporter.export = (batch, done) =>
    send(batch, (result) => {
      const failed = result.code !== ExportResultCode.SUCCESS;
      if (failed !== failing) {
        failing = failed;
        if (failed) log.warn({ signal, ...causeOf(result.error) }, 'OpenTelemetry export fails');
        else log.info({ signal }, 'OpenTelemetry export works again');
      }
      done(result);
    });
  return exporter;
}

/**
 * The message may have the URL or a response of the collector, so only the name and the code are logged. The code of a
 * response is its status.
 */
function causeOf(error: (Error & { readonly code?: unknown }) | undefined): object {
  if (error === undefined) return {};
  const code = typeof error.code === 'number' ? error.code : (errorCodeOf(error) ?? errorCodeOf(error.cause));
  return { error: error.name, ...(code !== undefined && { code }) };
}
