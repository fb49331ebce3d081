import type { GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';

type Path = readonly (string | number)[];

/**
 * The errors of a response in the order of their paths: list items by index, response keys by name. In the order in
 * which fields failed, the same response would differ from one execution to the next.
 */
export function inPathOrder<E extends Pick<GraphQLError, 'path'>>(errors: readonly E[]): readonly E[] {
  return errors.length < 2
    ? errors
    : errors.toSorted((one, other) => comparePaths(one.path ?? [], other.path ?? []));
}

/** Puts the errors of responses in order. Those of an incremental response are sent as they come. */
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
