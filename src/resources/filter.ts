import type { AnyRecord } from './any-record.js';
import type { GivenArguments, InputScalar } from './arguments.js';

/** Whether a record passes a filter. */
export type Matches = (record: AnyRecord) => boolean;

/** A GraphQL input object. */
export interface InputDeclaration {
  readonly name: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, InputFieldDeclaration>>;
}

export interface InputFieldDeclaration {
  readonly type: InputScalar | InputDeclaration;
  /** Whether it is a list of values that are not null. */
  readonly list?: true;
  readonly required?: true;
  readonly description: string;
}

/** A field of a filter: an input, and the records that it lets pass. */
interface FilterField extends InputFieldDeclaration {
  /**
   * @param value - coerced by GraphQL, not null
   * @throws {InvalidArgumentError} for a value that cannot be meant
   */
  readonly matching: (value: never) => Matches;
}

/** A filter that the gateway evaluates for each record. Its fields are joined by AND. */
export interface FilterDeclaration extends InputDeclaration {
  readonly fields: Readonly<Record<string, FilterField>>;
  /** Checks fields that depend on each other. @throws {InvalidArgumentError} */
  readonly check?: (given: GivenArguments) => void;
}

/** A filter with its values. */
export interface RecordFilter {
  /** The values as text. Filters with the same text let the same records pass. */
  readonly text: string;
  readonly matches: Matches;
}

/**
 * Prepares a filter for evaluation.
 *
 * @param given - value of the argument; absent fields, and those that are null, do not filter
 * @returns `null` if no field filters
 * @throws {InvalidArgumentError} for values that cannot be meant
 */
export function compileFilter(
  { fields, check }: FilterDeclaration,
  given: GivenArguments | null | undefined,
): RecordFilter | null {
  if (given === null || given === undefined) return null;
  const values: Record<string, unknown> = {};
  const tests: Matches[] = [];
  for (const [name, { matching }] of Object.entries(fields)) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    values[name] = Array.isArray(value) ? [...new Set(value)].sort() : value;
    tests.push(matching(value as never));
  }
  if (tests.length === 0) return null;
  check?.(given);
  const [only] = tests;
  const matches = tests.length === 1 && only !== undefined ? only : every(tests);
  return { text: JSON.stringify(values), matches };
}

function every(tests: readonly Matches[]): Matches {
  return (record) => {
    for (const test of tests) if (!test(record)) return false;
    return true;
  };
}
