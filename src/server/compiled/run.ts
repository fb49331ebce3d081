import { type FieldNode, GraphQLError, type GraphQLResolveInfo, locatedError } from 'graphql';

/** JSON, or a promise of it where something had to be waited for. */
export type Text = string | Promise<string>;

/** Is thrown where a field has none of the values that it may have; its error is on record then. */
export const NULLED = Symbol('nulled');

/** Nobody will wait for these any more; whatever becomes of them is of no use, and no error of the process. */
export function abandon(texts: readonly Text[]): void {
  for (const text of texts) if (typeof text !== 'string') text.catch(() => undefined);
}

/** What stays the same over all runs, of what resolvers are told. */
export type StaticInfo = Omit<GraphQLResolveInfo, 'path' | 'rootValue' | 'variableValues'>;

/** One run of a compiled operation. */
export class Run {
  readonly errors: GraphQLError[] = [];
  /**
   * Where in the answer the run is. It is one place at a time: whatever goes on behind a promise first puts the place
   * here that it had when it was left.
   */
  path: (string | number)[] = [];

  constructor(
    readonly rootValue: unknown,
    readonly context: unknown,
    /** Coerced. */
    readonly variables: Readonly<Record<string, unknown>>,
  ) {}

  /** What a resolver is told of where it is asked. */
  infoOf(info: StaticInfo, key: string): GraphQLResolveInfo {
    const { rootValue, variables: variableValues } = this;
    return { ...info, rootValue, variableValues, path: pathOf([...this.path, key]) };
  }

  /** Puts an error on record, unless it is one that is there already. */
  record(error: unknown, nodes: readonly FieldNode[], path: readonly (string | number)[]): void {
    if (error !== NULLED) this.errors.push(locatedError(error, nodes, [...path]));
  }
}

function pathOf(keys: readonly (string | number)[]): GraphQLResolveInfo['path'] {
  let path: GraphQLResolveInfo['path'] | undefined;
  for (const key of keys) path = { prev: path, key, typename: undefined };
  if (path === undefined) throw new GraphQLError('a field without a path');
  return path;
}
