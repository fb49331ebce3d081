import {
  type ArgumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  getArgumentValues,
  isNonNullType,
  Kind,
  valueFromAST,
  visit,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

/** Argument values of a field by name. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Source of an argument value. */
type ArgumentSource =
  | { readonly name: string; readonly value: unknown }
  | { readonly name: string; readonly variable: string; readonly nonNull: boolean };

/** `null`: an argument needs the coercion of graphql-js. */
type Plan = readonly ArgumentSource[] | null;

const plans = new WeakMap<FieldNode, { readonly definition: unknown; readonly plan: Plan }>();

/**
 * Returns the coerced arguments of a field. Almost all arguments are constant literals or variables, which are coerced
 * already, so the source of each argument is determined once for each field of a document.
 *
 * @param variables - coerced variables
 * @throws {GraphQLError} when an argument is invalid
 */
export function argumentsOf(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Variables,
): Arguments {
  const plan = planOf(definition, node);
  if (plan === null) return getArgumentValues(definition, node, variables);
  const values: Record<string, unknown> = {};
  for (const source of plan) {
    if ('value' in source) {
      values[source.name] = source.value;
    } else {
      // Own properties only: a variable named `constructor` would be found in the prototype.
      const value = Object.hasOwn(variables, source.variable) ? variables[source.variable] : undefined;
      // graphql-js applies the default value or throws the error.
      if (value === undefined || (value === null && source.nonNull)) {
        return getArgumentValues(definition, node, variables);
      }
      values[source.name] = value;
    }
  }
  return values;
}

function planOf(definition: GraphQLField<unknown, unknown>, node: FieldNode): Plan {
  const cached = plans.get(node);
  if (cached?.definition === definition) return cached.plan;
  const plan = createPlan(definition, node);
  plans.set(node, { definition, plan });
  return plan;
}

function createPlan({ args }: GraphQLField<unknown, unknown>, { arguments: given = [] }: FieldNode): Plan {
  const sources: ArgumentSource[] = [];
  for (const argument of args) {
    const node = given.find(({ name }) => name.value === argument.name);
    const source = node === undefined ? defaultOf(argument) : sourceOf(argument, node);
    if (source === null) return null;
    if (source !== 'none') sources.push(source);
  }
  return sources;
}

function defaultOf({ name, defaultValue, type }: GraphQLArgument): ArgumentSource | 'none' | null {
  if (defaultValue !== undefined) return { name, value: defaultValue };
  return isNonNullType(type) ? null : 'none';
}

function sourceOf({ name, type }: GraphQLArgument, { value }: ArgumentNode): ArgumentSource | null {
  if (value.kind === Kind.VARIABLE) return { name, variable: value.name.value, nonNull: isNonNullType(type) };
  let isConstant = true;
  visit(value, {
    Variable() {
      isConstant = false;
    },
  });
  const constant = isConstant ? valueFromAST(value, type) : undefined;
  return constant === undefined ? null : { name, value: constant };
}
