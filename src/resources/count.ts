import { InvalidArgumentError } from './arguments.js';
import type { EnumDeclaration, ObjectDeclaration } from './output-types.js';
import type { Accumulator, SummaryDeclaration, SummaryEnd } from './summary.js';

/** Whether everything was counted. */
export const precision: EnumDeclaration = {
  name: 'CountPrecision',
  description: 'Whether everything was counted.',
  values: {
    exact: 'Everything was counted.',
    at_least:
      'There may be more: the limit, or the number of upstream pages that a field may read, ended the count.',
  },
};

/** The precision of what was computed from the records of a list. */
export function precisionOf(complete: boolean): string {
  return complete ? 'exact' : 'at_least';
}

const count: ObjectDeclaration = {
  name: 'Count',
  description: 'A number of records.',
  fields: {
    count: { type: 'Long', nullable: false, description: 'How many were counted.' },
    precision: { type: precision, nullable: false, description: 'Whether that is all.' },
  },
};

class Counter implements Accumulator {
  readonly #limit: number;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(): boolean {
    this.#count += 1;
    return this.#count < this.#limit;
  }

  finish({ complete }: SummaryEnd): object {
    return { count: this.#count, precision: precisionOf(complete) };
  }
}

/** A field that counts the records of a list. */
export function countOf(field: string, description: string, filtered: boolean): SummaryDeclaration {
  return {
    field,
    description,
    type: count,
    arguments: {
      limit: {
        type: 'Int',
        description:
          'Where the count may end, at least 1. Null: all are counted, as far as the page budget goes.',
      },
    },
    filtered,
    reads: 'all',
    start({ limit = null }) {
      if (typeof limit === 'number' && limit < 1) {
        throw new InvalidArgumentError(`\`limit\` is ${limit}: expected a positive integer`);
      }
      return new Counter(typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY);
    },
  };
}
