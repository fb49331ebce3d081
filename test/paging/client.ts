import { type ConnectionArguments, readArguments } from '../../src/pagination/arguments.js';
import { CursorCodec } from '../../src/pagination/cursor/codec.js';
import { fingerprint } from '../../src/pagination/cursor/fingerprint.js';
import { CursorSigner } from '../../src/pagination/cursor/signer.js';
import type { CursorPosition } from '../../src/pagination/position.js';
import { backward } from '../../src/pagination/walk/backward.js';
import { forward } from '../../src/pagination/walk/forward.js';
import type { WalkSettings } from '../../src/pagination/walk/walker.js';
import type { TestRecord, UpstreamList } from './upstream-list.js';

export const BUDGET = 25;

const settings: WalkSettings<TestRecord> = {
  fingerprintOf: ({ identity }) => fingerprint(identity),
  budget: BUDGET,
};
const codec = new CursorCodec(new CursorSigner(Buffer.from('a key of the test')), 'a list');

/** A window as a client sees it: all that it can go on with is text. */
export interface Answer {
  readonly keys: number[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  /** Upstream requests that this window has cost. */
  readonly cost: number;
  /** The cursor of every edge. */
  cursors(): string[];
}

/** Asks for a window with Relay's arguments. */
export function ask(list: UpstreamList, args: ConnectionArguments): Answer {
  const before = list.requests.length;
  const request = readArguments(args);
  const walk = request.direction === 'forward' ? forward : backward;
  const range = { count: request.count, after: place(request.after), before: place(request.before) };
  const {
    records: entries,
    hasNextPage,
    hasPreviousPage,
    continuation: resume,
  } = list.run(walk(range, settings));
  const [first] = entries;
  const last = entries.at(-1);
  const onward = resume === null ? null : codec.ofPosition(resume);
  return {
    keys: entries.map(({ record }) => record.key),
    hasNextPage,
    hasPreviousPage,
    startCursor: first === undefined ? null : codec.ofRecord(first),
    endCursor: last === undefined ? onward : codec.ofRecord(last),
    cost: list.requests.length - before,
    cursors: () => entries.map((entry) => codec.ofRecord(entry)),
  };
}

/** Asks for one window after the other, until there is no next page or `limit` windows have come. */
export function* walk(
  list: UpstreamList,
  first: (window: number) => number,
  limit = 10_000,
): Generator<Answer> {
  let after: string | null = null;
  for (let window = 0; window < limit; window++) {
    const answer = ask(list, { first: first(window), after });
    yield answer;
    if (!answer.hasNextPage) return;
    after = answer.endCursor;
  }
}

function place(cursor: string | null): CursorPosition | null {
  return cursor === null ? null : codec.decode(cursor);
}
