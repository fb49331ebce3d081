import { Finder } from './finder.js';
import { headOf } from './page.js';
import { routeForward } from './plan.js';
import { type Hop, type Position, recordsInFront } from './position.js';
import { AT_HEAD } from './trail.js';
import type { Entry, WalkedPage } from './walked-page.js';
import { type Walk, Walker, type WalkSettings } from './walker.js';
import { entriesOf, type Window } from './window.js';

/** The `count` records behind `after`, or at the head of the list; never beyond `before`. */
export interface ForwardRequest {
  readonly count: number;
  readonly after: Position | null;
  readonly before: Position | null;
}

/** A place to read on from: in a page at an index, or at a page that is still to be read. */
interface Start<R> {
  readonly page: WalkedPage<R> | null;
  readonly index: number;
  readonly next: Hop | null;
}

/**
 * Walks forward. Records that begin at a page and fill it cost one request; `hasNextPage` costs none, since
 * every page says whether another one follows.
 *
 * @throws {CursorExpiredError} when the upstream no longer honours the page that `after` leads to
 */
export function* forward<R>(request: ForwardRequest, settings: WalkSettings<R>): Walk<R, Window<R>> {
  const { count, after, before } = request;
  const walker = new Walker(settings);
  const stop = before?.behind == null ? null : new Finder(before.behind);
  let { page, index, next } = yield* begin(walker, after, count);
  let end = page === null ? 0 : stopIndex(page, stop);
  // The last page with a record so far: it learns how the list goes on behind the empty pages that follow it.
  let tail = page;
  const entries: Entry<R>[] = [];
  for (;;) {
    if (page !== null && index < end) {
      const last = Math.min(end, index + count - entries.length);
      entries.push(...entriesOf(page, index, last));
      index = last;
      tail = page;
    }
    if (page !== null && end < page.records.length) next = null;
    // Whether a list has any record is only known from its head, even when none of them is wanted.
    const enough = entries.length >= count && (page !== null || after !== null);
    if (next === null || enough || walker.exhausted) break;
    page = yield* page === null && after !== null ? walker.reopen(next) : walker.open(next);
    index = 0;
    end = stopIndex(page, stop);
    next = page.next;
    if (page.records.length === 0 && tail !== null) tail.next = next;
  }
  const hasNextPage = index < end || next !== null;
  const cutShort = entries.length === 0 && count > 0 && next !== null;
  return {
    entries,
    hasNextPage,
    hasPreviousPage: after !== null,
    resume: cutShort ? { behind: after?.behind ?? null, next, previous: after?.previous ?? null } : null,
  };
}

function* begin<R>(walker: Walker<R>, after: Position | null, count: number): Walk<R, Start<R>> {
  if (after === null) {
    return { page: null, index: 0, next: { ref: headOf(count), offset: 0, trail: AT_HEAD } };
  }
  const { behind } = after;
  const route = routeForward(after, count, walker.budget);
  if (behind === null || route === 'next') return { page: null, index: 0, next: after.next };
  if (route === 'page') {
    const page = yield* walker.reopen(behind.hop);
    const index = new Finder(behind).findIn(page);
    if (index >= 0) return { page, index: index + 1, next: page.next };
  }
  const found = yield* walker.seek(behind, recordsInFront(after) + count);
  return { page: found.page, index: found.index + 1, next: found.page.next };
}

/** Where the window has to end in a page: in front of the record that it must not reach. */
function stopIndex<R>(page: WalkedPage<R>, stop: Finder | null): number {
  const index = stop === null ? -1 : stop.findIn(page);
  return index < 0 ? page.records.length : index;
}
