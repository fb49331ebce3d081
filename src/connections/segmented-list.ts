import type { PageRef } from '../pagination/page.js';
import type { ListArguments } from '../resources/arguments.js';
import type { FetchedPage } from '../upstream/upstream.js';

/**
 * One list that consists of several lists of the upstream, its segments: their pages in order, the first page of a segment
 * after the last page of the one before. A walk sees one list, because a page token of the whole list is the number of the
 * segment and the upstream's token there. Segments are numbered from the last one on: further ones appear at the beginning as
 * time passes, as new records do in any list.
 */
export class SegmentedList {
  readonly #segments: readonly ListArguments[];

  /** @param segments - arguments of each segment, at least one */
  constructor(segments: readonly ListArguments[]) {
    this.#segments = segments;
  }

  /**
   * Where a page is.
   *
   * @returns `null` if there is no such segment
   */
  locate(
    ref: PageRef,
  ): { readonly index: number; readonly args: ListArguments; readonly ref: PageRef } | null {
    const place = PLACE.exec(ref.token ?? '');
    const index = place === null ? 0 : this.#segments.length - 1 - Number(place[1]);
    const args = this.#segments[index];
    return args === undefined ? null : { index, args, ref: { ...ref, token: place?.[2] || null } };
  }

  /** A page of a segment as a page of the whole list. */
  join(page: FetchedPage, index: number, { size }: PageRef): FetchedPage {
    const { next, previous } = page;
    const hasMore = index + 1 < this.#segments.length;
    return {
      ...page,
      next: next !== null ? this.#within(index, next) : hasMore ? this.#firstOf(index + 1, size) : null,
      previous: previous === null ? null : this.#within(index, previous),
    };
  }

  #within(index: number, ref: PageRef): PageRef {
    if (ref.token !== null) return { ...ref, token: `${this.#numberOf(index)}:${ref.token}` };
    return index === 0 ? ref : this.#firstOf(index, ref.size);
  }

  #firstOf(index: number, size: number): PageRef {
    return { size, page: null, token: `${this.#numberOf(index)}:` };
  }

  #numberOf(index: number): number {
    return this.#segments.length - 1 - index;
  }
}

/** A page token of the whole list. */
const PLACE = /^(\d+):(.*)$/s;

/** Tells the segments of a list apart. @param ref - a page of the whole list */
export function segmentName({ token }: PageRef): string {
  return PLACE.exec(token ?? '')?.[1] ?? '';
}
