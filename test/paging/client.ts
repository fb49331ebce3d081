import { type ConnectionArguments, readArguments } from '../../src/pagination/arguments.js';
import { CursorCodec } from '../../src/pagination/cursor/codec.js';
import { fingerprint } from '../../src/pagination/cursor/fingerprint.js';
import { CursorSigner } from '../../src/pagination/cursor/signer.js';
import { MAX_PAGE_SIZE } from '../../src/pagination/page.js';
import type { CursorPosition } from '../../src/pagination/position.js';
import { backward } from '../../src/pagination/walk/backward.js';
import { forward } from '../../src/pagination/walk/forward.js';
import type { WalkSettings } from '../../src/pagination/walk/walker.js';
import type { TestRecord, UpstreamList } from './upstream-list.js';

export const BUDGET = 25;

export const settings: WalkSettings<TestRecord> = {
  fingerprintOf: ({ identity }) => fingerprint(identity),
  budget: BUDGET,
  largest: MAX_PAGE_SIZE,
  retrySmaller: true,
};
const codec = new CursorCodec(
  new CursorSigner({ account: 'AC1', keys: [Buffer.from('a key of the test')] }),
  'a list',
);

/** A window as a client sees it: its cursors are opaque strings. */
export interface TestWindow {
  readonly keys: number[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  /** Number of upstream requests for this window. */
  readonly cost: number;
  /** The cursor of every edge. */
  cursors(): string[];
  /** What distinguishes the record of every edge from duplicates. */
  duplicateIndexes(): number[];
}

/**
 * Requests a window with Relay's connection arguments.
 *
 * @param known - what is known about the page sizes that the list accepts; defaults to nothing
 */
export function ask(
  list: UpstreamList,
  args: ConnectionArguments,
  known: Partial<WalkSettings<TestRecord>> = {},
): TestWindow {
  const before = list.requests.length;
  const request = readArguments(args);
  const walk = request.direction === 'forward' ? forward : backward;
  const range = {
    count: request.count,
    after: positionFrom(request.after),
    before: positionFrom(request.before),
  };
  const { records, hasNextPage, hasPreviousPage, continuation, startContinuation } = list.run(
    walk(range, { ...settings, ...known }),
  );
  const [first] = records;
  const last = records.at(-1);
  const cursorOf = (position: CursorPosition | null) => position && codec.ofPosition(position);
  return {
    keys: records.map(({ record }) => record.key),
    hasNextPage,
    hasPreviousPage,
    startCursor: first === undefined ? cursorOf(startContinuation) : codec.ofRecord(first),
    endCursor: last === undefined ? cursorOf(continuation) : codec.ofRecord(last),
    cost: list.requests.length - before,
    cursors: () => records.map((record) => codec.ofRecord(record)),
    duplicateIndexes: () => records.map(({ page, index }) => page.duplicateIndex(index)),
  };
}

/** Requests one window after the other, until there is no next page or `limit` windows have been requested. */
export function* walk(
  list: UpstreamList,
  first: (index: number) => number,
  limit = 10_000,
): Generator<TestWindow> {
  let after: string | null = null;
  for (let index = 0; index < limit; index++) {
    const window = ask(list, { first: first(index), after });
    yield window;
    if (!window.hasNextPage) return;
    after = window.endCursor;
  }
}

function positionFrom(cursor: string | null): CursorPosition | null {
  return cursor === null ? null : codec.decode(cursor);
}
