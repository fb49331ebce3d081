import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What the fields of an operation depend on, beside its text. */
export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** At least those that `@include` and `@skip` ask for. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The fields that are asked of an object, by their names in the answer: several where they are to be merged. */
export type Collected = ReadonlyMap<string, readonly FieldNode[]>;

/** Collects the fields of an object whose type is known, in the order of the answer (GraphQL, 6.3.2). */
export function collectFields(
  selecting: Selecting,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): Collected {
  const fields = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections.filter((each) => isIncluded(each, selecting))) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        fields.set(key, [...(fields.get(key) ?? []), selection]);
        continue;
      }
      const fragment = fragmentOf(selection, selecting, spread);
      if (fragment !== undefined && applies(fragment.typeCondition?.name.value, type, selecting)) {
        collect(fragment.selectionSet);
      }
    }
  };
  sets.forEach(collect);
  return fields;
}

function fragmentOf(
  selection: Exclude<SelectionNode, FieldNode>,
  { fragments }: Selecting,
  spread: Set<string>,
) {
  if (selection.kind === Kind.INLINE_FRAGMENT) return selection;
  const name = selection.name.value;
  if (spread.has(name)) return undefined;
  spread.add(name);
  return fragments[name];
}

function applies(condition: string | undefined, type: GraphQLObjectType, { schema }: Selecting): boolean {
  if (condition === undefined || condition === type.name) return true;
  const wanted = schema.getType(condition);
  return isAbstractType(wanted) && !isObjectType(wanted) && schema.isSubType(wanted, type);
}

function isIncluded(selection: SelectionNode, { variables }: Selecting): boolean {
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
}
