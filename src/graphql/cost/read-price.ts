import { readArguments, type WindowRequest } from '../../pagination/arguments.js';
import { listKey } from '../../resources/define.js';
import type { ListRead, ListSelection } from '../schema/list-field.js';
import type { Price } from './price.js';

/** What a read of a list takes. */
export interface ReadPrice {
  /** Identifies the walk: reads that start at the same point of a list are one walk. */
  readonly key: string;
  readonly price: Price;
  /** Records that the field can return: what is selected below them is requested for each. */
  readonly records: number;
}

/**
 * @param parentSid - empty for a list of `Query`
 * @param now - milliseconds since 1970
 * @throws {ArgumentError} or {InvalidArgumentError} for arguments with which the field is an error
 */
export function readPrice(read: ListRead, parentSid: string, now: number): ReadPrice {
  const { list } = read;
  if (read.kind === 'summary' && read.summary.reads === 'all') {
    return { key: walkKey(list, parentSid, null), price: { requests: 0, walks: 1 }, records: 0 };
  }
  const request =
    read.kind === 'window'
      ? readArguments(read.window)
      : readArguments({ first: read.summary.reads as number });
  // What a summary shows of a record is the record of one node.
  const records = read.kind === 'window' ? request.count : 1;
  return list.filter === null
    ? {
        key: windowKey(list, parentSid, request),
        price: { requests: windowRequests(request, list, now), walks: 0 },
        records,
      }
    : { key: walkKey(list, parentSid, request), price: { requests: 0, walks: 1 }, records };
}

/**
 * A window without a cursor is one page, because no window is larger than a page can be; a list of segments can have few
 * records in each. With a cursor it can take one page more. `last` without `before` walks from the first page of a list of
 * unknown length, up to the page budget.
 */
function windowRequests(
  { direction, after, before }: WindowRequest,
  { declaration, args }: ListSelection,
  now: number,
): number {
  if (direction === 'backward' && before === null) return declaration.pageBudget;
  const segments = declaration.segments?.(args, now).length ?? 1;
  return Math.min(declaration.pageBudget, segments + (after === null && before === null ? 0 : 1));
}

function windowKey(
  { declaration, args }: ListSelection,
  parentSid: string,
  { direction, after, before }: WindowRequest,
): string {
  return JSON.stringify([listKey(declaration, parentSid, args), direction, after, before]);
}

/** Walks from the first page share their pages, whatever they look for. */
function walkKey(
  { declaration, args, filter }: ListSelection,
  parentSid: string,
  request: WindowRequest | null,
): string {
  const key = listKey(declaration, parentSid, args);
  const { after = null, before = null } = request ?? {};
  return after === null && before === null
    ? JSON.stringify([key, 'walk'])
    : JSON.stringify([key, 'walk', request?.direction, after, before, filter?.text]);
}
