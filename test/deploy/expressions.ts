import { parser } from '@prometheus-io/lezer-promql';

/** What an expression reads of one metric. */
interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** What an expression refers to. */
export interface References {
  readonly selectors: readonly Selector[];
  /** Labels by which results are grouped or matched. */
  readonly grouping: readonly string[];
}

/**
 * Parses an expression of PromQL.
 *
 * @param expression - Grafana's variables may stand for a duration
 * @throws {Error} for an expression that is not valid
 */
export function referencesOf(expression: string): References {
  const text = expression.replaceAll('$__rate_interval', '5m');
  const selectors: { metric: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  let inGrouping = false;
  parser.parse(text).iterate({
    enter({ name, type, from, to }) {
      const part = text.slice(from, to);
      if (type.isError) throw new Error(`not valid at ${JSON.stringify(text.slice(from))}: ${text}`);
      if (name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      if (name === 'GroupingLabels') inGrouping = true;
      if (name === 'Identifier') Object.assign(selectors.at(-1) ?? {}, { metric: part });
      if (name === 'LabelName') (inGrouping ? grouping : selectors.at(-1)?.labels)?.push(part);
    },
    leave({ name }) {
      if (name === 'GroupingLabels') inGrouping = false;
    },
  });
  return { selectors, grouping };
}
