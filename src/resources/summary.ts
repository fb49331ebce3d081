import type { AnyRecord } from './any-record.js';
import type { ArgumentDeclaration, GivenArguments, ListArguments } from './arguments.js';
import type { Instant } from './instant.js';
import type { ObjectDeclaration } from './output-types.js';

/** What a summary is told when it has all records that it gets. */
export interface SummaryEnd {
  /** Whether the list has no record that the summary was not given. */
  readonly complete: boolean;
  /** When the oldest of the pages that were read was requested. */
  readonly asOf: Instant;
  /** The present time, in milliseconds since 1970. */
  readonly now: number;
}

/** Computes a value from the records of a list, one by one. */
export interface Accumulator {
  /**
   * @param node - the node of the record in the graph; absent if all records of the list are read
   * @returns `false` if no more records are needed
   */
  add(record: AnyRecord, node?: unknown): boolean;
  /** The value of the field. */
  finish(end: SummaryEnd): unknown;
}

/** A field of a list's parent that is computed from the records of the list. */
export interface SummaryDeclaration {
  /** Name of the field, on the parent of the list or on `Query`. */
  readonly field: string;
  readonly description: string;
  readonly type: ObjectDeclaration;
  /** Arguments in addition to those that the upstream evaluates, and to the filter of the list. */
  readonly arguments: Readonly<Record<string, ArgumentDeclaration>>;
  /** Whether it takes the filter of the list. */
  readonly filtered: boolean;
  /** Values of the list's arguments that are always the same; the field does not have these arguments. */
  readonly fixed?: ListArguments;
  /** The records that it reads: all of the list, or the first ones. */
  readonly reads: 'all' | number;
  /** @throws {InvalidArgumentError} for arguments that cannot be meant */
  start(given: GivenArguments): Accumulator;
}
