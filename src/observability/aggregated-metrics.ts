import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import { OperationNames } from './metrics/operation-names.js';

type MetricSnapshot = MetricObjectWithValues<MetricValue<string>>;

/** The metrics of one process, for another one. */
export type MetricsSnapshot = readonly MetricSnapshot[];

/** Content type of the text. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * The metrics of several processes as one text: each metric by its own rule, most of them as a sum.
 *
 * What a process has counted stays in the sum after it has ended, because Prometheus takes a sum that decreases for a
 * restart of all. Only what it counted after its last report is lost.
 */
export class AggregatedMetrics {
  /** Last report of each process that has not ended. */
  readonly #latest = new Map<number, MetricsSnapshot>();
  /** Counts of those that have ended. */
  #ended: MetricsSnapshot = [];
  /** Each process has a limited number of operation names, but there can be any number of processes in time. */
  readonly #endedNames = new OperationNames();
  readonly #own: Registry;

  /** @param own - metrics of this process */
  constructor(own: Registry) {
    this.#own = own;
  }

  /**
   * Takes the metrics of a process.
   *
   * @param process - ID of the process, which no other one has later
   */
  report(process: number, metrics: MetricsSnapshot): void {
    this.#latest.set(process, metrics);
  }

  /** A process has ended: of its last report the counts remain. */
  end(process: number): void {
    const counts = countsOf(this.#latest.get(process) ?? []).map((metric) => this.#withFewNames(metric));
    this.#latest.delete(process);
    this.#ended = aggregate([this.#ended, counts]).getMetricsAsArray() as MetricSnapshot[];
  }

  /**
   * Returns the text.
   *
   * @param current - the processes whose last report is of now. Of the others only the counts are in it
   */
  async text(current: ReadonlySet<number>): Promise<string> {
    const own = await this.#own.getMetricsAsJSON();
    const reports = [...this.#latest].map(([id, metrics]) => (current.has(id) ? metrics : countsOf(metrics)));
    // The first one decides how a metric is aggregated.
    return aggregate([own, ...reports, this.#ended]).metrics();
  }

  #withFewNames(metric: MetricSnapshot): MetricSnapshot {
    const values = metric.values.map((value) => {
      const { operation } = value.labels;
      if (operation === undefined) return value;
      const label = this.#endedNames.labelOf(String(operation), true);
      return { ...value, labels: { ...value.labels, operation: label } };
    });
    return { ...metric, values };
  }
}

/** `clusterMetrics` of the package fails as a whole when one worker ends in the meantime. */
function aggregate(reports: readonly MetricsSnapshot[]): Registry {
  return AggregatorRegistry.aggregate(reports as object[]);
}

/** Returns the metrics that only increase: all but gauges. */
function countsOf(metrics: MetricsSnapshot): MetricsSnapshot {
  return metrics.filter(({ type }) => String(type) !== 'gauge');
}
