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

/** The arguments of a field, by name. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Where an argument's value comes from. */
type Origin =
  | { readonly name: string; readonly value: unknown }
  | { readonly name: string; readonly variable: string; readonly mustBe: boolean };

/** `null`: not all of them come from somewhere that simple. */
type Plan = readonly Origin[] | null;

const plans = new WeakMap<FieldNode, { readonly definition: unknown; readonly plan: Plan }>();

/**
 * The arguments of a field, as GraphQL coerces them. Nearly all are literals, the same every time, or variables, which
 * have been coerced; where they come from is found out once for each field of a document.
 *
 * @param variables - coerced
 * @throws {GraphQLError} where they do not fit
 */
export function argumentsOf(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Variables,
): Arguments {
  const plan = planOf(definition, node);
  if (plan === null) return getArgumentValues(definition, node, variables);
  const values: Record<string, unknown> = {};
  for (const origin of plan) {
    if ('value' in origin) {
      values[origin.name] = origin.value;
    } else {
      const value = variables[origin.variable];
      // Whether that is a default or an error is for GraphQL to say.
      if (value === undefined || (value === null && origin.mustBe)) {
        return getArgumentValues(definition, node, variables);
      }
      values[origin.name] = value;
    }
  }
  return values;
}

function planOf(definition: GraphQLField<unknown, unknown>, node: FieldNode): Plan {
  const known = plans.get(node);
  if (known?.definition === definition) return known.plan;
  const plan = makePlan(definition, node);
  plans.set(node, { definition, plan });
  return plan;
}

function makePlan({ args }: GraphQLField<unknown, unknown>, { arguments: given = [] }: FieldNode): Plan {
  const origins: Origin[] = [];
  for (const argument of args) {
    const node = given.find(({ name }) => name.value === argument.name);
    const origin = node === undefined ? defaultOf(argument) : originOf(argument, node);
    if (origin === null) return null;
    if (origin !== 'none') origins.push(origin);
  }
  return origins;
}

function defaultOf({ name, defaultValue, type }: GraphQLArgument): Origin | 'none' | null {
  if (defaultValue !== undefined) return { name, value: defaultValue };
  return isNonNullType(type) ? null : 'none';
}

function originOf({ name, type }: GraphQLArgument, { value }: ArgumentNode): Origin | null {
  if (value.kind === Kind.VARIABLE) return { name, variable: value.name.value, mustBe: isNonNullType(type) };
  let isConstant = true;
  visit(value, {
    Variable() {
      isConstant = false;
    },
  });
  const constant = isConstant ? valueFromAST(value, type) : undefined;
  return constant === undefined ? null : { name, value: constant };
}
