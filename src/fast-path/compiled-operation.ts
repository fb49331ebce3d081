import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  type VariableDefinitionNode,
  type VariableNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { CostBound } from '../graphql/cost/bound.js';
import { sanitizeOperationName } from '../observability/outcome.js';
import { CompiledQuery } from './compiler/compiled-query.js';
import type { FindRawWriter } from './compiler/object-writer.js';
import { UnsupportedOperationError } from './compiler/unsupported.js';
import type { Literal } from './literals.js';

/** Variables of an operation, coerced or as a client sent them. */
export type Variables = Readonly<Record<string, unknown>>;

/** Variants of one operation, by the values of the variables in `@include` and `@skip`. */
const MAX_VARIANTS = 16;

/** How a literal of the document takes part: as a variable of its own, or as a constant of the compiled query. */
type LiteralSlot =
  | { readonly kind: 'variable'; readonly name: string; readonly type: GraphQLInputType }
  | { readonly kind: 'constant'; readonly literal: Literal['node'] };

/** An operation that has been parsed and validated, ready to be executed as compiled code. */
export class CompiledOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** Name as it may be logged. */
  readonly sanitizedName: string | undefined;
  /** Upper bound of its cost for any variables. */
  readonly costBound: CostBound;
  readonly #declared: readonly VariableDefinitionNode[];
  readonly #slots: readonly LiteralSlot[];
  /** Where the literals are in `document`, in its order. */
  readonly literalSpans: readonly Pick<Literal, 'start' | 'end'>[];
  /** Variables that decide which fields are selected. */
  readonly #conditions: readonly string[];
  readonly #variants = new Map<string, CompiledQuery | null>();
  readonly #findRawWriter: FindRawWriter;

  /**
   * @param document - validated
   * @param literals - of the document, which become variables; none if they stay part of the document
   * @throws {UnsupportedOperationError} for an operation that cannot be compiled
   */
  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    definition: OperationDefinitionNode,
    literals: readonly Literal[],
    findRawWriter: FindRawWriter,
  ) {
    if (definition.operation !== 'query') throw new UnsupportedOperationError(definition.operation);
    this.schema = schema;
    this.literalSpans = literals;
    const { document: parameterized, slots } =
      literals.length > 0 ? literalsToVariables(schema, document) : { document, slots: [] };
    this.document = parameterized;
    const index = document.definitions.indexOf(definition);
    this.definition = parameterized.definitions[index] as OperationDefinitionNode;
    this.sanitizedName = sanitizeOperationName(definition.name?.value);
    this.#declared = definition.variableDefinitions ?? [];
    this.#slots = slots;
    this.#conditions = conditionsOf(parameterized);
    this.#findRawWriter = findRawWriter;
    this.costBound = new CostBound(this);
  }

  /**
   * The operation's variables and literals, coerced. Undeclared variables are dropped.
   *
   * @param literals - of the document that was sent, in its order
   * @returns `null` if they are invalid, or differ from a constant of the compiled query
   */
  coerce(sent: Variables, literals: readonly Literal[]): Variables | null {
    const variables = this.#coerceDeclared(sent);
    if (variables === null || literals.length !== this.#slots.length) return null;
    for (const [index, slot] of this.#slots.entries()) {
      const { node } = literals[index] as Literal;
      if (slot.kind === 'constant') {
        if (node.kind !== slot.literal.kind || node.value !== slot.literal.value) return null;
      } else {
        const value = valueFromAST(node, slot.type);
        if (value === undefined) return null;
        variables[slot.name] = value;
      }
    }
    return variables;
  }

  #coerceDeclared(sent: Variables): Record<string, unknown> | null {
    const variables: Record<string, unknown> = Object.create(null);
    for (const definition of this.#declared) {
      if (!needsNoCoercion(definition, sent)) {
        const { coerced } = getVariableValues(this.schema, this.#declared, sent);
        return coerced === undefined ? null : Object.assign(Object.create(null), coerced);
      }
      const { value: name } = definition.variable.name;
      variables[name] = sent[name];
    }
    return variables;
  }

  /**
   * The compiled query for some variables.
   *
   * @param variables - coerced
   * @returns `null` if `@include` or `@skip` has no boolean, if it cannot be compiled, or if there are too many variants
   */
  query(variables: Variables): CompiledQuery | null {
    let variant = '';
    for (const name of this.#conditions) {
      const value = variables[name];
      // GraphQL reports the error.
      if (typeof value !== 'boolean') return null;
      variant += value ? '1' : '0';
    }
    let query = this.#variants.get(variant);
    if (query === undefined && this.#variants.size < MAX_VARIANTS) {
      query = compile(this, variables, this.#findRawWriter);
      this.#variants.set(variant, query);
    }
    return query ?? null;
  }
}

function compile(
  { schema, document, definition }: CompiledOperation,
  variables: Variables,
  findRawWriter: FindRawWriter,
): CompiledQuery | null {
  try {
    return new CompiledQuery(schema, document, definition, variables, findRawWriter);
  } catch (error) {
    if (error instanceof UnsupportedOperationError) return null;
    throw error;
  }
}

/** Whether a variable was sent with a value of its declared type that coercion leaves as it is. */
function needsNoCoercion({ type, variable }: VariableDefinitionNode, sent: Variables): boolean {
  const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  const { value: name } = variable.name;
  if (named.kind !== Kind.NAMED_TYPE || !Object.hasOwn(sent, name)) return false;
  const value = sent[name];
  switch (named.name.value) {
    case 'ID':
    case 'String':
      return typeof value === 'string';
    case 'Int':
      return typeof value === 'number' && (value | 0) === value;
    case 'Boolean':
      return typeof value === 'boolean';
    default:
      return false;
  }
}

/** @throws {UnsupportedOperationError} for a directive that compiled queries do not implement */
function conditionsOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'include' && name.value !== 'skip') {
        throw new UnsupportedOperationError(`@${name.value}`);
      }
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

/** Replaces the literals in arguments of fields by variables, so that one compiled query serves all their values. */
function literalsToVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
): { readonly document: DocumentNode; readonly slots: readonly LiteralSlot[] } {
  const slots: LiteralSlot[] = [];
  const typeInfo = new TypeInfo(schema);
  // Depth of nodes whose literals stay constants: defaults of variables, and arguments of directives.
  let constants = 0;
  const constant = { enter: () => void (constants += 1), leave: () => void (constants -= 1) };
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
