import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  Kind,
  TypeInfo,
  type VariableNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Literal } from './literals.js';

/** Use of a literal in a compiled operation: a variable or a constant. */
type LiteralUse =
  | { readonly kind: 'variable'; readonly name: string; readonly type: GraphQLInputType }
  | { readonly kind: 'constant'; readonly literal: Literal['node'] };

/** A document whose literals have become variables, so that one compiled operation serves all their values. */
export interface ParameterizedDocument {
  readonly document: DocumentNode;
  readonly uses: readonly LiteralUse[];
}

/** Replaces the literals in arguments of fields by variables. @param document - a valid document */
export function literalsToVariables(schema: GraphQLSchema, document: DocumentNode): ParameterizedDocument {
  const uses: LiteralUse[] = [];
  const typeInfo = new TypeInfo(schema);
  // Depth of enclosing nodes whose literals stay constants: defaults of variables and arguments of directives.
  let constants = 0;
  const constant = {
    enter() {
      constants += 1;
    },
    leave() {
      constants -= 1;
    },
  };
  const replace = (literal: Literal['node']): VariableNode | undefined => {
    const type = typeInfo.getInputType();
    if (constants > 0 || type == null) {
      uses.push({ kind: 'constant', literal });
      return undefined;
    }
    // A GraphQL name cannot start with a digit, so this name cannot collide with a variable of the client.
    const name = `${uses.length}literal`;
    uses.push({ kind: 'variable', name, type });
    return { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } };
  };
  const rewritten = visit(
    document,
    visitWithTypeInfo(typeInfo, {
      VariableDefinition: constant,
      Directive: constant,
      StringValue: replace,
      IntValue: replace,
    }),
  );
  return { document: rewritten, uses };
}

/**
 * Adds the values of literals to the variables of an operation.
 *
 * @param literals - literals of the sent document, in its order
 * @returns `false` if a literal is invalid for its argument, or differs from a constant
 */
export function addLiterals(
  uses: readonly LiteralUse[],
  literals: readonly Literal[],
  variables: Record<string, unknown>,
): boolean {
  if (literals.length !== uses.length) return false;
  for (const [index, use] of uses.entries()) {
    const { node } = literals[index] as Literal;
    if (use.kind === 'constant') {
      if (node.kind !== use.literal.kind || node.value !== use.literal.value) return false;
    } else {
      const value = valueFromAST(node, use.type);
      if (value === undefined) return false;
      variables[use.name] = value;
    }
  }
  return true;
}
