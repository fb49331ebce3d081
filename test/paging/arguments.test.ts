import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, type ConnectionArguments, readArguments } from '../../src/pagination/arguments.js';

const count = fc.integer({ min: 0, max: 1000 });
const cursor = fc.option(fc.string(), { nil: undefined });

describe('readArguments', () => {
  test('defaults to the first 50 edges', () => {
    expect(readArguments({})).toEqual({ direction: 'forward', count: 50, after: null, before: null });
  });

  test('treats null as absent', () => {
    const none = { first: null, after: null, last: null, before: null };
    expect(readArguments(none)).toEqual(readArguments({}));
    expect(readArguments({ ...none, first: 3 })).toEqual(readArguments({ first: 3 }));
    expect(readArguments({ ...none, last: 3 })).toEqual(readArguments({ last: 3 }));
  });

  test('reads `first` as forward and `last` as backward', () => {
    fc.assert(
      fc.property(count, cursor, cursor, (count, after, before) => {
        const range = { count, after: after || null, before: before || null };
        expect(readArguments({ first: count, after, before })).toEqual({ direction: 'forward', ...range });
        expect(readArguments({ last: count, after, before })).toEqual({ direction: 'backward', ...range });
      }),
    );
  });

  test('without a count, takes 50 edges from the end of the range that has a cursor', () => {
    expect(readArguments({ after: 'a' })).toMatchObject({ direction: 'forward', count: 50 });
    expect(readArguments({ before: 'b' })).toMatchObject({ direction: 'backward', count: 50 });
    expect(readArguments({ after: 'a', before: 'b' })).toMatchObject({ direction: 'forward', count: 50 });
  });

  test('treats an empty cursor as absent', () => {
    expect(readArguments({ first: 1, after: '' }).after).toBeNull();
    expect(readArguments({ after: 'x', before: '' })).toEqual(readArguments({ after: 'x' }));
    expect(readArguments({ after: '', before: 'x' })).toEqual(readArguments({ before: 'x' }));
  });
});

describe('readArguments with invalid arguments', () => {
  const messages: [ConnectionArguments, string][] = [
    [{ first: -1 }, '`first` is -1: expected an integer from 0 to 1000'],
    [{ last: -1 }, '`last` is -1: expected an integer from 0 to 1000'],
    [{ first: 1.5 }, '`first` is 1.5: expected an integer from 0 to 1000'],
    [{ first: Number.NaN }, '`first` is NaN: expected an integer from 0 to 1000'],
    [{ first: 1001 }, '`first` is 1001: the limit is 1000 records'],
    [{ last: 1001 }, '`last` is 1001: the limit is 1000 records'],
    [{ first: 1, last: 1 }, '`first` and `last` are mutually exclusive: expected one of them'],
    [{ first: 0, last: 0 }, '`first` and `last` are mutually exclusive: expected one of them'],
  ];

  test.each(messages)('rejects %j and says what was expected', (args, message) => {
    expect(() => readArguments(args)).toThrow(new ArgumentError(message));
  });
});
