import type { GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';

type Path = readonly (string | number)[];

/**
 * Sorts errors by their path: list items by index, response keys by name. The order in which fields fail differs
 * between executions, so equal responses would have different errors.
 */
export function inPathOrder<E extends Pick<GraphQLError, 'path'>>(errors: readonly E[]): readonly E[] {
  return errors.length < 2
    ? errors
    : errors.toSorted((one, other) => comparePaths(one.path ?? [], other.path ?? []));
}

/** Sorts the errors of responses, except for those of incremental responses, which are sent in order of execution. */
export function useErrorOrder(): Plugin {
  return {
    onExecutionResult({ result, setResult }) {
      if (result === undefined || isAsyncIterable(result) || result.errors === undefined) return;
      setResult({ ...result, errors: inPathOrder(result.errors) });
    },
  };
}

function comparePaths(one: Path, other: Path): number {
  for (const [index, key] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    if (key !== against) return key < against ? -1 : 1;
  }
  return one.length - other.length;
}
