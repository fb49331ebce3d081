import type { PageRef } from '../pagination/page.js';
import type { ListArguments } from '../resources/arguments.js';
import type { FetchedPage } from '../upstream/upstream.js';

/**
 * One list that consists of several lists of the upstream, its segments: their pages in order, the first page of a segment
 * after the last page of the one before. A walk sees one list, because a page token of the whole list is the number of the
 * segment and the upstream's token there.
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
    const [, number = '0', token = ''] = /^(\d+):(.*)$/s.exec(ref.token ?? '') ?? [];
    const args = this.#segments[Number(number)];
    return args === undefined
      ? null
      : { index: Number(number), args, ref: { ...ref, token: token === '' ? null : token } };
  }

  /** A page of a segment as a page of the whole list. */
  join(page: FetchedPage, index: number, { size }: PageRef): FetchedPage {
    const { next, previous } = page;
    const hasMore = index + 1 < this.#segments.length;
    return {
      ...page,
      next: next !== null ? within(index, next) : hasMore ? firstOf(index + 1, size) : null,
      previous: previous === null ? null : within(index, previous),
    };
  }
}

function within(index: number, ref: PageRef): PageRef {
  if (ref.token !== null) return { ...ref, token: `${index}:${ref.token}` };
  return index === 0 ? ref : firstOf(index, ref.size);
}

function firstOf(index: number, size: number): PageRef {
  return { size, page: null, token: `${index}:` };
}
