import { type ASTVisitor, Kind, type SelectionSetNode, type ValidationContext } from 'graphql';
import { limitError } from './limit-error.js';

/** The deepest query of this schema has 7 levels. The introspection query of GraphiQL has more than twice as many. */
const MAX_DEPTH = 20;

/** Validation rule: limits the depth of nested fields. */
export function LimitDepthRule(context: ValidationContext): ASTVisitor {
  // Memoized for each fragment: nested fragments would otherwise take exponential time.
  const depths = new Map<string, number>();

  function depthOf({ selections }: SelectionSetNode): number {
    let deepest = 0;
    for (const selection of selections) {
      const below =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? depthOfFragment(selection.name.value)
          : selection.selectionSet === undefined
            ? 0
            : depthOf(selection.selectionSet);
      deepest = Math.max(deepest, below + (selection.kind === Kind.FIELD ? 1 : 0));
    }
    return deepest;
  }

  function depthOfFragment(name: string): number {
    const memoized = depths.get(name);
    if (memoized !== undefined) return memoized;
    // Another rule rejects cycles of fragments.
    depths.set(name, 0);
    const fragment = context.getFragment(name);
    const depth = fragment == null ? 0 : depthOf(fragment.selectionSet);
    depths.set(name, depth);
    return depth;
  }

  return {
    OperationDefinition({ selectionSet }) {
      const count = depthOf(selectionSet);
      if (count > MAX_DEPTH) {
        context.reportError(limitError({ what: 'levels of fields', count, limit: MAX_DEPTH }));
      }
    },
  };
}
