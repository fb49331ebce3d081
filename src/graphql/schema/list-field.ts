import type { Connection } from '../../connections/connection.js';
import { cursorKey, type ListRequest } from '../../connections/list-request.js';
import type { Loaders } from '../../connections/loaders.js';
import type { Summary, SummaryRequest } from '../../connections/summary-loader.js';
import type { ConnectionArguments } from '../../pagination/arguments.js';
import type { GivenArguments } from '../../resources/arguments.js';
import { type ListDeclaration, revealsParent } from '../../resources/define.js';
import { compileFilter, type FilterDeclaration } from '../../resources/filter.js';
import type { SummaryDeclaration } from '../../resources/summary.js';
import { listArguments } from './list-arguments.js';

/** A field that is answered from a list of its object, or of `Query`: the connection itself, or a summary. */
export interface ListField {
  readonly list: ListDeclaration;
  /** `null`: the field is the connection. */
  readonly summary: SummaryDeclaration | null;
}

/** A list without the object that it belongs to. */
export type ListSelection = Omit<ListRequest, 'parentSid'>;

/** What a field reads of a list, for any object. */
export type ListRead =
  | { readonly kind: 'window'; readonly list: ListSelection; readonly window: ConnectionArguments }
  | {
      readonly kind: 'summary';
      readonly list: ListSelection;
      readonly summary: SummaryDeclaration;
      readonly given: GivenArguments;
    };

/** The filter that a field takes; `undefined`: none. */
export function filterOf({ list, summary }: ListField): FilterDeclaration | undefined {
  return summary === null || summary.filtered ? list.filter : undefined;
}

/**
 * What a field with these arguments reads.
 *
 * @param given - coerced by GraphQL
 * @throws {ArgumentError} or {InvalidArgumentError} for arguments that cannot be meant
 */
export function listRead(field: ListField, given: GivenArguments): ListRead {
  const { list, summary } = field;
  const args = listArguments(list, { ...given, ...summary?.fixed });
  const declared = filterOf(field);
  const filter =
    declared === undefined
      ? null
      : compileFilter(declared, given.filter as GivenArguments | null | undefined);
  const selection = { declaration: list, args, filter };
  return summary === null
    ? { kind: 'window', list: selection, window: given }
    : { kind: 'summary', list: selection, summary, given };
}

/** Reads a list of an object. @returns `null` if the upstream does not know the object */
export function loadListRead(
  read: ListRead,
  loaders: Loaders,
  parentSid: string,
): Promise<Connection | Summary | null> {
  const list: ListRequest = { ...read.list, parentSid };
  return read.kind === 'window'
    ? loaders.connection(list, read.window)
    : loaders.summary(summaryRequest(list, read.summary, read.given));
}

/** What the response to a read says about the object; `open`: a filtered list is also empty if there is no such object. */
export function existenceBy(
  { list: { declaration } }: ListRead,
  result: Connection | Summary | null,
): 'exists' | 'missing' | 'open' {
  if (result === null) return 'missing';
  const hasRecords = 'edges' in result && result.edges.length > 0;
  return hasRecords || revealsParent(declaration) ? 'exists' : 'open';
}

function summaryRequest(
  list: ListRequest,
  summary: SummaryDeclaration,
  given: GivenArguments,
): SummaryRequest {
  const own = Object.keys(summary.arguments).map((name) => given[name] ?? null);
  const key = JSON.stringify([cursorKey(list), summary.field, ...own]);
  return { list, reads: summary.reads, key, start: () => summary.start(given) };
}
