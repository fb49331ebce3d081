import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';

/** The metrics of one process, for another one. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Content type of the text. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Makes one text of the metrics of several processes: each metric by its own rule, most of them as a sum.
 *
 * `clusterMetrics` of the package fails as a whole when one worker ends in the meantime.
 */
export function aggregatedMetrics(
  processes: readonly { readonly metrics: MetricsSnapshot }[],
): Promise<string> {
  return AggregatorRegistry.aggregate(processes.map(({ metrics }) => metrics) as object[]).metrics();
}
