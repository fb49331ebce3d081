import type { PageRef } from '../pagination/page.js';
import type { PageTokenRejected } from '../pagination/walk/walker.js';
import { pageQuery } from '../upstream/decode/page-url.js';
import type { FetchedPage, RequestScope, Upstream, UpstreamList } from '../upstream/upstream.js';
import { getOrCreate } from '../util/get-or-create.js';
import type { Span } from '../util/span.js';
import { type ListRequest, upstreamKey } from './list-request.js';
import { SegmentedList } from './segmented-list.js';
import { rejectedSize, rejectedToken } from './token-rejections.js';

/** A page, or why it was rejected; `null` if the upstream does not know the list's parent. */
export type PageOutcome = FetchedPage | PageTokenRejected | null;

/** Loads pages of lists within one operation. */
export class PageLoader {
  readonly #upstream: Upstream;
  readonly #scope: RequestScope;
  readonly #now: () => number;
  readonly #kept = new Map<string, Promise<PageOutcome>>();
  readonly #inFlight = new Map<string, Promise<PageOutcome>>();

  /** @param now - milliseconds since 1970 */
  constructor(upstream: Upstream, scope: RequestScope, now: () => number) {
    this.#upstream = upstream;
    this.#scope = scope;
    this.#now = now;
  }

  /** Span of the operation; `undefined`: tracing is off. */
  get span(): Span | undefined {
    return this.#scope.span;
  }

  /** @throws {InvalidArgumentError} for arguments that the upstream has no records for */
  open(list: ListRequest): OpenList {
    const segments = list.declaration.segments?.(list.args, this.#now());
    const key = upstreamKey(list);
    const [only] = segments ?? [];
    if (segments === undefined || segments.length === 1) {
      const single = { ...list, args: only ?? list.args };
      return { key, load: (ref, span) => this.#load(single, ref, span) };
    }
    const whole = new SegmentedList(segments);
    return {
      key,
      load: async (ref, span) => {
        const place = whole.locate(ref);
        if (place === null) return { rejection: new Error('no such segment') };
        const page = await this.#load({ ...list, args: place.args }, place.ref, span);
        return page === null || 'rejection' in page ? page : whole.join(page, place.index, ref);
      },
    };
  }

  /** Loads a page that the response has records of: no such page is requested twice. */
  keep({ key, load }: OpenList, ref: PageRef, span?: Span): Promise<PageOutcome> {
    return getOrCreate(this.#kept, `${key} ${pageQuery(ref)}`, () => load(ref, span));
  }

  /**
   * Loads a page of a walk over a whole list. Walks that begin together on the same list ask for the same pages at the same
   * time, and share each. No page is kept, so that memory does not grow with the length of the list.
   */
  pass({ key, load }: OpenList, ref: PageRef, span?: Span): Promise<PageOutcome> {
    const name = `${key} ${pageQuery(ref)}`;
    return getOrCreate(this.#inFlight, name, () =>
      load(ref, span).finally(() => this.#inFlight.delete(name)),
    );
  }

  #load(list: UpstreamList, ref: PageRef, span: Span | undefined): Promise<PageOutcome> {
    const scope = span === undefined ? this.#scope : { ...this.#scope, span };
    return this.#upstream.page(list, ref, scope).catch(ref.token === null ? rejectedSize : rejectedToken);
  }
}

/** A list whose arguments are valid. */
export interface OpenList {
  /** Identifies the list of the upstream. */
  readonly key: string;
  /** @param span - of the walk that needs the page */
  readonly load: (ref: PageRef, span?: Span) => Promise<PageOutcome>;
}
