import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openEvents } from '../support/event-stream.js';
import { startWireGateway } from '../support/wire.js';
import { referencesOf } from './expressions.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const dashboard: {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
} = JSON.parse(read('deploy/grafana/dashboard.json'));
const { groups }: { readonly groups: readonly { readonly rules: readonly Alert[] }[] } = parse(
  read('deploy/prometheus/alerts.yaml'),
);
const alerts = groups.flatMap(({ rules }) => rules);
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const documented = [...read('docs/operations.md').matchAll(/^```promql expressions\n([\s\S]*?)^```/gm)]
  .flatMap(([, block = '']) => block.split('\n\n'))
  .map((text) => text.replace(/^#.*$/gm, '').trim());

const expressions: readonly (readonly [where: string, expression: string])[] = [
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
  ...alerts.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
  ...documented.map((text) => ['docs/operations.md', text] as const),
];

/** Labels that Prometheus adds to each series of a target. */
const TARGET_LABELS = ['job', 'instance'];

/** Metrics that only exist with `REDIS_URL` or `WORKERS`, with their labels. */
const WITH_MORE: readonly (readonly [metric: string, labels: readonly string[]])[] = [
  ['gateway_redis_state', ['state']],
  ['gateway_redis_errors_total', ['use']],
  ['gateway_worker_restarts_total', []],
];

/** Labels of each metric that a gateway has exposed after operations that succeed, fail, walk, retry, are cached or subscribe. */
let exposed: Map<string, Set<string>>;

beforeAll(async () => {
  exposed = new Map(WITH_MORE.map(([metric, labels]) => [metric, new Set(labels)]));
  const gateway = await startWireGateway({
    sandbox: { dialect: 'kore' },
    env: { CACHE_TTL_MS: '60000', FAST_PATH: 'on' },
  });
  try {
    const sim = (selection: string) => ({
      query: `{ sim(sid: "${gateway.sandbox.cleanSimSid}") { ${selection} } }`,
    });
    gateway.sandbox.faults.add({ kind: 'status', status: 503, times: 1 });
    gateway.sandbox.faults.add({
      kind: 'mutate',
      times: 2,
      mutate: (body) => ({ ...body, status: 'hibernating' }),
    });
    for (let round = 0; round < 8; round += 1) await gateway.post(sim('status'));
    await gateway.post(sim('dataSessions(first: 1) { nodes { start } }'));
    await gateway.post({ query: '{', extensions: { persistedQuery: { sha256Hash: 'unknown' } } });
    const subscribe = (sid: string) =>
      openEvents(gateway.url, { query: `subscription { dataSessionEvents(simSid: "${sid}") { kind } }` });
    const watching = await subscribe(gateway.sandbox.cleanSimSid);
    await watching.next();
    // It ends by itself, so that it is counted before its end is read.
    const ended = await subscribe(`DE${'0'.repeat(32)}`);
    while ((await ended.next()) !== null);
    watching.close();
    const { text } = await gateway.fetch('/metrics');
    for (const [, metric = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
      const known = exposed.get(metric) ?? new Set<string>();
      for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
      exposed.set(metric, known);
    }
  } finally {
    await gateway.close();
  }
}, 60_000);

describe('an expression in deploy or in docs/operations.md', () => {
  it.each(expressions)(
    'refers only to metrics and labels that the gateway exposes: %s: %s',
    (_, expression) => {
      const { selectors, grouping } = referencesOf(expression);
      expect(selectors.length).toBeGreaterThan(0);
      const available = new Set(TARGET_LABELS);
      for (const { metric, labels } of selectors) {
        const known = exposed.get(metric);
        expect(known, `${metric} is exposed`).toBeDefined();
        for (const label of labels) expect([...(known ?? []), ...TARGET_LABELS], metric).toContain(label);
        for (const label of known ?? []) available.add(label);
      }
      for (const label of grouping) expect([...available]).toContain(label);
    },
  );
});

describe('the dashboard', () => {
  it('has a panel for every metric of the gateway', () => {
    const used = new Set(
      panels
        .flatMap(({ targets = [] }) => targets)
        .flatMap(({ expr }) => referencesOf(expr).selectors)
        .map(({ metric }) => familyOf(metric)),
    );
    const all = [...exposed.keys()].filter((name) => name.startsWith('gateway_')).map(familyOf);
    expect([...new Set(all)].filter((name) => !used.has(name))).toEqual([]);
  });

  it('uses only the variables that it defines', () => {
    const defined = dashboard.templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?([a-z]+)\b/g)].map(([, name]) => name);
    expect([...new Set(used)].filter((name) => !defined.includes(name ?? ''))).toEqual([]);
  });

  it('has no panels that overlap', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});

describe('the alerts', () => {
  it('each have another name, a severity, a summary, and a valid duration', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    for (const rule of alerts) {
      expect(
        Object.keys(rule).filter((key) => !['alert', 'expr', 'for', 'labels', 'annotations'].includes(key)),
      ).toEqual([]);
      expect(rule.labels.severity, rule.alert).toMatch(/^(critical|warning)$/);
      expect(rule.annotations.summary, rule.alert).toMatch(/\.$/);
      expect(rule.for ?? '0m', rule.alert).toMatch(/^\d+m$/);
    }
  });

  it('each lead to a section of docs/operations.md, and each section is of an alert', () => {
    const sections = [...read('docs/operations.md').matchAll(/^### (Gateway\w+)$/gm)].map(([, name]) => name);
    expect(alerts.map(({ alert }) => alert)).toEqual(sections);
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });
});

/** A histogram has three names. */
function familyOf(metric: string): string {
  return metric.replace(/_(?:bucket|sum|count)$/, '');
}
