import { Counter, type Registry } from 'prom-client';

const CAUSES = ['overload', 'rate_limit'] as const;

/** Why a request is rejected before its operation is executed. */
type RejectionCause = (typeof CAUSES)[number];

/** Paths with a label value of their own. Clients can send any others. */
const ROUTES: ReadonlySet<string> = new Set(['/graphql', '/health', '/ready', '/metrics', '/']);

export interface HttpMetrics {
  /** @param url - path of the request, with or without a query */
  response(url: string, status: number): void;
  rejected(cause: RejectionCause): void;
}

export function httpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry];
  const responses = new Counter({
    name: 'gateway_http_responses_total',
    help: 'HTTP responses, by route and status.',
    labelNames: ['route', 'status'],
    registers,
  });
  const rejections = new Counter({
    name: 'gateway_rejected_requests_total',
    help: 'Requests that were rejected before their operation was executed, by cause.',
    labelNames: ['cause'],
    registers,
  });
  for (const cause of CAUSES) rejections.inc({ cause }, 0);
  return {
    response(url, status) {
      const query = url.indexOf('?');
      const path = query < 0 ? url : url.slice(0, query);
      responses.inc({ route: ROUTES.has(path) ? path : 'other', status });
    },
    rejected: (cause) => rejections.inc({ cause }),
  };
}
