import { firstPageRef, type PageRef, smallerSize } from '../pagination/page.js';
import type { Walk, WalkSettings } from '../pagination/walk/walker.js';
import type { AnyRecord } from '../resources/any-record.js';
import { fieldPath, type ListDeclaration } from '../resources/define.js';
import type { Matches } from '../resources/filter.js';
import type { Span } from '../util/span.js';
import { fingerprintOf } from './identity.js';
import type { ListRequest } from './list-request.js';
import type { OpenList, PageLoader, PageOutcome } from './page-loader.js';
import type { PageSizes } from './page-sizes.js';
import { mayMeanNoList } from './token-rejections.js';

/** The outcome of a walk. */
export interface Walked<T> {
  readonly value: T;
  /** When the oldest of its pages was requested, on the clock of the upstream client; `Infinity` without a page. */
  readonly sentAt: number;
}

/** What all walks of an account share. */
export interface WalkServices {
  readonly sizes: PageSizes;
  /** Called at the end of each walk, with the name of the list and the pages that it has read. */
  readonly onWalk: (list: string, pages: number) => void;
}

/** Limits of the walks of an operation. */
export interface WalkLimits {
  /** Pages that a walk over a whole list may read, in addition to the limit of the list. */
  readonly pages: number;
}

/** How a list is walked. */
export interface WalkPlan {
  readonly declaration: ListDeclaration;
  readonly list: OpenList;
  /** Filter that the gateway evaluates; `null`: all records match. */
  readonly matches: Matches | null;
  /** Pages that the walk may read. */
  readonly budget: number;
  readonly load: (list: OpenList, ref: PageRef, span?: Span) => Promise<PageOutcome>;
}

/** The plan of a window without a filter. Each of its pages is requested once in the operation. */
export function windowPlan({ declaration }: ListRequest, list: OpenList, pages: PageLoader): WalkPlan {
  return { declaration, list, matches: null, budget: declaration.pageBudget, load: pages.keep.bind(pages) };
}

/**
 * The plan of a walk that can read the whole list: a filtered window, or a summary of all records. No page is kept in memory
 * after it has been read.
 */
export function wholeListPlan(
  { declaration, filter }: ListRequest,
  list: OpenList,
  pages: PageLoader,
  limits: WalkLimits,
): WalkPlan {
  return {
    declaration,
    list,
    matches: filter?.matches ?? null,
    budget: Math.min(declaration.pageBudget, limits.pages),
    load: pages.pass.bind(pages),
  };
}

/**
 * Runs a walk: loads the pages that it asks for.
 *
 * @returns `null` if the upstream does not know the list's parent; an error as a value, because a batch settles its windows
 *   one by one
 */
export async function runWalk<T>(
  { declaration, list, matches, budget, load }: WalkPlan,
  { sizes, onWalk }: WalkServices,
  start: (settings: WalkSettings<AnyRecord>) => Walk<AnyRecord, T>,
): Promise<Walked<T> | null | Error> {
  const size = sizes.of(list.key);
  const walk = start({ fingerprintOf: fingerprintOf(declaration.resource), matches, budget, ...size });
  const seen = { pages: 0, absence: false, smaller: null as number | null, everySizeRejected: false };
  let sentAt = Number.POSITIVE_INFINITY;
  let outcome: Walked<T> | Error;
  try {
    let step = walk.next();
    while (!step.done) {
      const page = await load(list, step.value);
      if (page === null) return null;
      if (!('rejection' in page)) {
        seen.pages += 1;
        sentAt = Math.min(sentAt, page.sentAt);
      } else if (step.value.token !== null) {
        seen.absence ||= mayMeanNoList(page);
      } else {
        const smaller = smallerSize(step.value.size);
        seen.smaller = smaller ?? seen.smaller;
        seen.everySizeRejected = smaller === null;
      }
      step = walk.next(page);
    }
    outcome = { value: step.value, sentAt };
  } catch (error) {
    outcome = error as Error;
  }
  onWalk(fieldPath(declaration), seen.pages);
  if (seen.smaller !== null && size.retrySmaller) {
    if (seen.pages > 0) sizes.rememberLargest(list.key, seen.smaller);
    else if (seen.everySizeRejected) sizes.rememberRejection(list.key);
  }
  const isOpen = outcome instanceof Error && seen.absence && seen.pages === 0;
  return isOpen ? unlessGone(load(list, firstPageRef(1)), outcome as Error) : outcome;
}

/**
 * Tells an expired page token from a parent that no longer exists, where the upstream's response can mean either: only
 * the first page of the list says which.
 *
 * @returns `null` if the upstream does not know the parent; the error if it does; else why that is not known
 */
async function unlessGone(firstPage: Promise<PageOutcome>, error: Error): Promise<null | Error> {
  try {
    const head = await firstPage;
    if (head === null) return null;
    return 'rejection' in head ? head.rejection : error;
  } catch (unknown) {
    return unknown as Error;
  }
}
