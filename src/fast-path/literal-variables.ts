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

/** How a literal takes part in a compiled operation: as a variable of its own, or as a constant. */
type LiteralSlot =
  | { readonly kind: 'variable'; readonly name: string; readonly type: GraphQLInputType }
  | { readonly kind: 'constant'; readonly literal: Literal['node'] };

/** A document whose literals have become variables, so that one compiled operation serves all their values. */
export interface ParameterizedDocument {
  readonly document: DocumentNode;
  readonly slots: readonly LiteralSlot[];
}

/** Replaces the literals in arguments of fields by variables. @param document - validated */
export function literalsToVariables(schema: GraphQLSchema, document: DocumentNode): ParameterizedDocument {
  const slots: LiteralSlot[] = [];
  const typeInfo = new TypeInfo(schema);
  // Depth of nodes whose literals stay constants: defaults of variables, and arguments of directives.
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
      slots.push({ kind: 'constant', literal });
      return undefined;
    }
    // No variable of a client has a name that begins with a digit.
    const name = `${slots.length}literal`;
    slots.push({ kind: 'variable', name, type });
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
  return { document: rewritten, slots };
}

/**
 * Adds the values of literals to the variables of an operation.
 *
 * @param literals - of the document that was sent, in its order
 * @returns `false` if a literal does not fit its argument, or differs from a constant
 */
export function addLiterals(
  slots: readonly LiteralSlot[],
  literals: readonly Literal[],
  variables: Record<string, unknown>,
): boolean {
  if (literals.length !== slots.length) return false;
  for (const [index, slot] of slots.entries()) {
    const { node } = literals[index] as Literal;
    if (slot.kind === 'constant') {
      if (node.kind !== slot.literal.kind || node.value !== slot.literal.value) return false;
    } else {
      const value = valueFromAST(node, slot.type);
      if (value === undefined) return false;
      variables[slot.name] = value;
    }
  }
  return true;
}
