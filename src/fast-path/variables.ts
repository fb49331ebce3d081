import {
  coerceInputValue,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputType,
  isNonNullType,
  isScalarType,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromAST,
} from 'graphql';
import { UnsupportedOperationError } from './compiler/unsupported.js';

/** Variable values of an operation by name. */
export type Variables = Readonly<Record<string, unknown>>;

/** Coerces variables. Returns `null` for an invalid value, which the standard executor reports. */
export type CoerceVariables = (given: Variables) => Record<string, unknown> | null;

interface Declaration {
  readonly name: string;
  readonly isNonNull: boolean;
  /** `undefined` if the variable has no default. */
  readonly defaultValue: unknown;
  readonly type: GraphQLInputType;
  /** Whether coercion returns this non-null value unchanged. */
  readonly isCoerced: (value: unknown) => boolean;
}

/** Tests by type name for values that coercion returns unchanged. Most values need no more than this test. */
const COERCED: Readonly<Record<string, (value: unknown) => boolean>> = {
  ID: (value) => typeof value === 'string',
  String: (value) => typeof value === 'string',
  Int: (value) => typeof value === 'number' && (value | 0) === value,
  Boolean: (value) => typeof value === 'boolean',
};

/**
 * Prepares the coercion of an operation's variables (GraphQL specification, 6.1.2). The result only has declared
 * variables, so that no other property of the request can have an effect.
 *
 * @throws {UnsupportedOperationError} for a declaration that cannot be compiled
 */
export function variableCoercion(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): CoerceVariables {
  const declarations = variableDefinitions.map(({ variable, type: typeNode, defaultValue }): Declaration => {
    const name = variable.name.value;
    // The executor reads these from objects that have a prototype.
    if (name in Object.prototype) throw new UnsupportedOperationError(`variable $${name}`);
    const type = typeFromAST(schema, typeNode);
    if (!isInputType(type)) throw new UnsupportedOperationError(`variable $${name} is of no input type`);
    return {
      name,
      type,
      isNonNull: isNonNullType(type),
      defaultValue: defaultValue && valueFromAST(defaultValue, type),
      isCoerced: coercedTest(type),
    };
  });
  return (given) => coerce(declarations, given);
}

function coerce(declarations: readonly Declaration[], given: Variables): Record<string, unknown> | null {
  const coerced: Record<string, unknown> = Object.create(null);
  for (const { name, type, isNonNull, defaultValue, isCoerced } of declarations) {
    if (!Object.hasOwn(given, name)) {
      if (defaultValue !== undefined) coerced[name] = defaultValue;
      else if (isNonNull) return null;
      continue;
    }
    const value = given[name];
    if (value === null && isNonNull) return null;
    if (value === null || isCoerced(value)) {
      coerced[name] = value;
      continue;
    }
    let isValid = true;
    coerced[name] = coerceInputValue(value, type, () => {
      isValid = false;
    });
    if (!isValid) return null;
  }
  return coerced;
}

function coercedTest(type: GraphQLInputType): (value: unknown) => boolean {
  const nullable = getNullableType(type);
  return (isScalarType(nullable) && COERCED[nullable.name]) || (() => false);
}
