import type { GatewayStatus, SandboxAccess } from '../app.js';

/** What the primary tells a worker. */
export type ToWorker =
  /** Response to `hello`: the worker starts its gateway. */
  | { readonly kind: 'start'; readonly sandbox: SandboxAccess | null }
  | { readonly kind: 'stop' }
  /** SIGHUP, which only the primary is sent. */
  | { readonly kind: 'reload' }
  | { readonly kind: 'status'; readonly id: number }
  /** Response to `metrics`. */
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string };

/** What a worker tells the primary. */
export type ToPrimary =
  | { readonly kind: 'hello' }
  | { readonly kind: 'listening'; readonly url: string }
  /** Response to `status`. */
  | { readonly kind: 'status'; readonly id: number; readonly status: GatewayStatus }
  /** Requests the metrics of all workers. */
  | { readonly kind: 'metrics'; readonly id: number };

/** Other programs' messages go through the same channel: those of the rate limiter. */
export function isOurs<Message extends ToWorker | ToPrimary>(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'kind' in message;
}
