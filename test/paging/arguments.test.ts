import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, type ConnectionArguments, readArguments } from '../../src/pagination/arguments.js';

const count = fc.integer({ min: 0, max: 1000 });
const cursor = fc.option(fc.string(), { nil: undefined });

describe('the arguments of a connection', () => {
  test('ask for 50 edges at the start when there are none', () => {
    expect(readArguments({})).toEqual({ direction: 'forward', count: 50, after: null, before: null });
  });

  test('mean the same whether they are null or left out', () => {
    const none = { first: null, after: null, last: null, before: null };
    expect(readArguments(none)).toEqual(readArguments({}));
    expect(readArguments({ ...none, first: 3 })).toEqual(readArguments({ first: 3 }));
    expect(readArguments({ ...none, last: 3 })).toEqual(readArguments({ last: 3 }));
  });

  test('take the first edges with `first`, the last ones with `last`', () => {
    fc.assert(
      fc.property(count, cursor, cursor, (count, after, before) => {
        const range = { count, after: after ?? null, before: before ?? null };
        expect(readArguments({ first: count, after, before })).toEqual({ direction: 'forward', ...range });
        expect(readArguments({ last: count, after, before })).toEqual({ direction: 'backward', ...range });
      }),
    );
  });

  test('take 50 edges from the end of the range that has a cursor, when there is no count', () => {
    expect(readArguments({ after: 'a' })).toMatchObject({ direction: 'forward', count: 50 });
    expect(readArguments({ before: 'b' })).toMatchObject({ direction: 'backward', count: 50 });
    expect(readArguments({ after: 'a', before: 'b' })).toMatchObject({ direction: 'forward', count: 50 });
  });

  test('leave an empty cursor to be refused, and do not take it for none', () => {
    expect(readArguments({ first: 1, after: '' }).after).toBe('');
  });
});

describe('arguments that make no sense', () => {
  const messages: [ConnectionArguments, string][] = [
    [{ first: -1 }, '`first` is -1: expected an integer from 0 to 1000'],
    [{ last: -1 }, '`last` is -1: expected an integer from 0 to 1000'],
    [{ first: 1.5 }, '`first` is 1.5: expected an integer from 0 to 1000'],
    [{ first: Number.NaN }, '`first` is NaN: expected an integer from 0 to 1000'],
    [{ first: 1001 }, '`first` is 1001: at most 1000 records come in one window'],
    [{ last: 1001 }, '`last` is 1001: at most 1000 records come in one window'],
    [{ first: 1, last: 1 }, '`first` and `last` cannot be given together: expected one of them'],
    [{ first: 0, last: 0 }, '`first` and `last` cannot be given together: expected one of them'],
  ];

  test.each(messages)('%j are refused, with what was expected', (args, message) => {
    expect(() => readArguments(args)).toThrow(new ArgumentError(message));
  });
});
