import type { WireRecord } from './wire.js';

/** What goes wrong. */
type FaultKind =
  /** Answered with this status, and an error of the API's form unless `body` is given. */
  | {
      readonly kind: 'status';
      readonly status: number;
      /** The API's own code; by default the one that belongs to the status. */
      readonly code?: number;
      /** `Retry-After`: seconds, or a text as it is, such as an HTTP date. */
      readonly retryAfter?: number | string;
      /** Text is sent as HTML, anything else as JSON. */
      readonly body?: unknown;
    }
  /** Pages of more than `size` records are refused, with this status (500 by default). */
  | { readonly kind: 'maxPageSize'; readonly size: number; readonly status?: 400 | 500 }
  /** The answer waits. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** The answer waits until the promise is settled. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Never answered; the connection stays open. */
  | { readonly kind: 'hang' }
  /** The connection is reset before any byte. */
  | { readonly kind: 'reset' }
  /** `connection`: the body breaks off with the connection; `json`: valid HTTP, but the JSON is cut short. */
  | { readonly kind: 'truncate'; readonly what: 'connection' | 'json' }
  /** 200 with an HTML page. */
  | { readonly kind: 'html' }
  /** No body at all. */
  | { readonly kind: 'empty'; readonly status: 200 | 204 }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** The JSON of the answer, whatever its status, is replaced. The argument is a copy. */
  | { readonly kind: 'mutate'; readonly mutate: (body: WireRecord) => unknown }
  /** The body is compressed with gzip where the request accepts that. */
  | { readonly kind: 'gzip' }
  /** The answer, whatever it is, goes out with other headers (a list repeats one) or with other bytes. */
  | {
      readonly kind: 'wire';
      readonly headers?: Readonly<Record<string, string | string[]>>;
      readonly bytes?: (body: Buffer) => Buffer;
    }
  /** The next URL of a page carries the token that the page itself was asked with. */
  | { readonly kind: 'repeatToken' }
  /** That many empty pages, each with a next URL, stand in front of the next records. */
  | { readonly kind: 'emptyPages'; readonly pages: number }
  /** The last page has a next URL with nothing behind it. */
  | { readonly kind: 'danglingNext' }
  /**
   * Page URLs with a token have these query parameters too, encoded as they have to stand there, and a token without them
   * is refused.
   */
  | { readonly kind: 'extraParameters'; readonly parameters: string }
  /** The next URL is another one; by default the same on another host. */
  | { readonly kind: 'foreignNext'; readonly rewrite?: (url: string) => string };

/** Which requests a fault meets. All conditions must hold. */
interface FaultTarget {
  /** A text that the path ends with, or a pattern for it. The token endpoint is met only by a fault that names it. */
  readonly path?: string | RegExp;
  readonly query?: (parameters: URLSearchParams) => boolean;
  /** Skips this many matching requests first. */
  readonly after?: number;
  /** Meets this many matching requests, then no more; by default all. */
  readonly times?: number;
}

export type Fault = FaultKind & FaultTarget;

/** A fault that takes the place of the answer. */
type ReplacingFault = Extract<
  Fault,
  { kind: 'status' | 'maxPageSize' | 'hang' | 'reset' | 'truncate' | 'html' | 'empty' | 'redirect' }
>;

/** The switches. Delays and changes of the body add up; of the faults that replace an answer the oldest wins. */
export class Faults {
  readonly #rules = new Set<{ readonly fault: Fault; skip: number; left: number }>();

  /** @returns takes the fault away again */
  add(fault: Fault): () => void {
    const rule = { fault, skip: fault.after ?? 0, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#rules.add(rule);
    return () => this.#rules.delete(rule);
  }

  clear(): void {
    this.#rules.clear();
  }

  /** The faults that meet a request; counts it for those that are limited. */
  take(path: string, query: URLSearchParams, onlyNamed: boolean): Fault[] {
    const taken: Fault[] = [];
    for (const rule of this.#rules) {
      const { fault } = rule;
      if (rule.left === 0 || !meets(fault, path, query, onlyNamed)) continue;
      // One answer can be replaced only once: the younger fault is kept for the next request.
      if (isReplacing(fault) && taken.some(isReplacing)) continue;
      if (rule.skip > 0) {
        rule.skip -= 1;
        continue;
      }
      rule.left -= 1;
      taken.push(fault);
    }
    return taken;
  }
}

export function isReplacing(fault: Fault): fault is ReplacingFault {
  return ['status', 'maxPageSize', 'hang', 'reset', 'truncate', 'html', 'empty', 'redirect'].includes(
    fault.kind,
  );
}

function meets(target: Fault, path: string, query: URLSearchParams, onlyNamed: boolean): boolean {
  if (target.path === undefined) {
    if (onlyNamed) return false;
  } else if (typeof target.path === 'string') {
    if (!path.endsWith(target.path)) return false;
  } else if (path.search(target.path) === -1) {
    return false;
  }
  if (target.kind === 'maxPageSize' && !(Number(query.get('PageSize')) > target.size)) return false;
  return target.query?.(query) ?? true;
}
