import type { WireRecord } from './wire.js';

/** Kinds of faults. */
type FaultKind =
  /** Responds with this status, and an error in the format of the API unless `body` is given. */
  | {
      readonly kind: 'status';
      readonly status: number;
      /** Error code of the API; defaults to that of the status. */
      readonly code?: number;
      /** `Retry-After`: seconds, or a string such as an HTTP-date. */
      readonly retryAfter?: number | string;
      /** A string is sent as HTML, any other value as JSON. */
      readonly body?: unknown;
    }
  /** Rejects pages of more than `size` records with this status (500 by default). */
  | { readonly kind: 'maxPageSize'; readonly size: number; readonly status?: 400 | 500 }
  /** Delays the response. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Delays the response until the promise is settled. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Sends no response; the connection stays open. */
  | { readonly kind: 'hang' }
  /** Resets the connection before the response. */
  | { readonly kind: 'reset' }
  /** `connection`: breaks the connection within the body; `json`: valid HTTP with truncated JSON. */
  | { readonly kind: 'truncate'; readonly what: 'connection' | 'json' }
  /** Responds with 200 and an HTML page. */
  | { readonly kind: 'html' }
  /** Responds without a body. */
  | { readonly kind: 'empty'; readonly status: 200 | 204 }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** Replaces the JSON of the response, whatever its status. The argument is a copy. */
  | { readonly kind: 'mutate'; readonly mutate: (body: WireRecord) => unknown }
  /** Compresses the body with gzip if the request accepts it. */
  | { readonly kind: 'gzip' }
  /** Changes headers (an array repeats a header) or bytes of the response. */
  | {
      readonly kind: 'wire';
      readonly headers?: Readonly<Record<string, string | string[]>>;
      readonly bytes?: (body: Buffer) => Buffer;
    }
  /** The next URL of a page has the page's own token. */
  | { readonly kind: 'repeatToken' }
  /** Inserts empty pages, each with a next URL, before the next records. */
  | { readonly kind: 'emptyPages'; readonly pages: number }
  /** The last page has a next URL, which leads to an empty page. */
  | { readonly kind: 'danglingNext' }
  /**
   * Adds these encoded query parameters to page URLs with a token, and rejects a token without them.
   */
  | { readonly kind: 'extraParameters'; readonly parameters: string }
  /** Replaces the next URL; by default its host. */
  | { readonly kind: 'foreignNext'; readonly rewrite?: (url: string) => string };

/** The requests that a fault applies to. All conditions must hold. */
interface FaultTarget {
  /** Suffix or pattern of the path. A fault only applies to the token endpoint if it has a path. */
  readonly path?: string | RegExp;
  readonly query?: (parameters: URLSearchParams) => boolean;
  /** Skips this many matching requests first. */
  readonly after?: number;
  /** Applies to this many matching requests; by default to all. */
  readonly times?: number;
}

export type Fault = FaultKind & FaultTarget;

/** A fault that replaces the response. */
type ReplacingFault = Extract<
  Fault,
  { kind: 'status' | 'maxPageSize' | 'hang' | 'reset' | 'truncate' | 'html' | 'empty' | 'redirect' }
>;

/**
 * The active faults. Delays and changes of the body accumulate. Of several faults that replace the response, the oldest
 * applies.
 */
export class Faults {
  readonly #rules = new Set<{ readonly fault: Fault; skip: number; left: number }>();

  /** Adds a fault. @returns function that removes it */
  add(fault: Fault): () => void {
    const rule = { fault, skip: fault.after ?? 0, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#rules.add(rule);
    return () => this.#rules.delete(rule);
  }

  clear(): void {
    this.#rules.clear();
  }

  /** Returns the faults that apply to a request, and counts the request for faults with a limit. */
  take(path: string, query: URLSearchParams, onlyNamed: boolean): Fault[] {
    const taken: Fault[] = [];
    for (const rule of this.#rules) {
      const { fault } = rule;
      if (rule.left === 0 || !matches(fault, path, query, onlyNamed)) continue;
      // A response can only be replaced once, so the newer fault is left for the next request.
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

function matches(target: Fault, path: string, query: URLSearchParams, onlyNamed: boolean): boolean {
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
