import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import { scopesOf, type Viewer } from '../schema/scopes.js';
import { costBound, costShape } from '../schema/worst-case.js';
import { Program } from './compiled/compile.js';
import { safeName } from './outcome.js';
import { RecentCache } from './recent-cache.js';

/** Compiling takes as long as some executions: it is for documents that come again. */
const RUNS_BEFORE_COMPILED = 3;

/** Characters of documents whose operations are found by their text. */
const ROOM = 1_000_000;

/** Forms that one operation is compiled in at most, for different answers to `@include` and `@skip`. */
const MAX_PROGRAMS = 16;

/** Kinds of variables that its bound is remembered for. */
const MAX_BOUNDS = 100;

/** What can be sent of an operation's variables. */
export type Variables = Readonly<Record<string, unknown>>;

/** What is known of an operation: how often it has run, or all that it takes to run it, or that it is not for this. */
type Known = number | KnownOperation | 'plain';

/** By the operation's name; `''` for the only one of a document. */
type Operations = Map<string, Known>;

/** An operation that has been parsed, validated and run before. */
export class KnownOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** Its name as it may be logged. */
  readonly safeName: string | undefined;
  /** Variables that say which fields there are. */
  readonly #conditions: readonly string[];
  readonly #programs = new Map<string, Program | null>();
  readonly #bounds = new Map<string, number>();

  /** @throws {TypeError} for one with a directive that compiled code does not know */
  constructor(schema: GraphQLSchema, document: DocumentNode, definition: OperationDefinitionNode) {
    this.schema = schema;
    this.document = document;
    this.definition = definition;
    this.safeName = safeName(definition.name?.value);
    this.#conditions = conditionsOf(document);
  }

  /** The variables as they are used; `null` when they do not fit. */
  coerce(variables: Variables): Variables | null {
    const { variableDefinitions = [] } = this.definition;
    if (variableDefinitions.every((definition) => isAsItIs(definition, variables))) return variables;
    return getVariableValues(this.schema, variableDefinitions, variables).coerced ?? null;
  }

  /**
   * Upstream requests that it can take with variables like these; never less than its worst case.
   *
   * @param variables - coerced
   */
  costBound(variables: Variables, viewer: Viewer): number {
    const shape = scopesOf(viewer) + costShape(variables);
    let bound = this.#bounds.get(shape);
    if (bound === undefined) {
      bound = costBound(this, variables, viewer);
      if (this.#bounds.size < MAX_BOUNDS) this.#bounds.set(shape, bound);
    }
    return bound;
  }

  /**
   * The operation as compiled code.
   *
   * @param variables - coerced
   * @returns `null` when it cannot be compiled, or there are too many forms of it already
   */
  programFor(variables: Variables): Program | null {
    const form = this.#conditions.map((name) => variables[name]).join();
    let program = this.#programs.get(form);
    if (program === undefined && this.#programs.size < MAX_PROGRAMS) {
      program = compiled(this, variables);
      this.#programs.set(form, program);
    }
    return program ?? null;
  }
}

/** The operations that have come before, as far as they can be compiled. */
export class KnownOperations {
  // By the parsed document, which Yoga keeps for as long as it is asked for.
  readonly #byDocument = new WeakMap<DocumentNode, Operations>();
  readonly #byText = new RecentCache<Operations>(ROOM, ({ length }) => length);

  /** Finds an operation by the text of its document, which need not be parsed for that. */
  find(text: string, operationName: string | null | undefined): KnownOperation | null {
    const known = this.#byText.get(text)?.get(operationName ?? '');
    return known instanceof KnownOperation ? known : null;
  }

  /**
   * Takes note that an operation is run; its document has been validated.
   *
   * @param variables - as they were sent
   */
  note(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
  ): void {
    const operations = this.#operationsOf(document);
    const name = operationName ?? '';
    const present = operations.get(name) ?? 0;
    if (typeof present !== 'number') return;
    const isNew = present < RUNS_BEFORE_COMPILED;
    operations.set(name, isNew ? present + 1 : learn(schema, document, operationName, variables));
  }

  #operationsOf(document: DocumentNode): Operations {
    const present = this.#byDocument.get(document);
    if (present !== undefined) return present;
    const operations: Operations = new Map();
    this.#byDocument.set(document, operations);
    if (document.loc !== undefined) this.#byText.set(document.loc.source.body, operations);
    return operations;
  }
}

function learn(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
): Known {
  const definition = getOperationAST(document, operationName);
  if (definition == null) return 'plain';
  try {
    const operation = new KnownOperation(schema, document, definition);
    const coerced = operation.coerce(variables);
    // With these it has been refused; with others it may do.
    if (coerced === null) return RUNS_BEFORE_COMPILED;
    // Where this form cannot be compiled, others hardly can; they would be tried in vain every time.
    return operation.programFor(coerced) === null ? 'plain' : operation;
  } catch (error) {
    if (error instanceof TypeError) return 'plain';
    throw error;
  }
}

function compiled({ schema, document, definition }: KnownOperation, variables: Variables): Program | null {
  try {
    return new Program(schema, document, definition, variables);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Whether a variable is of a type, and was sent with a value, that needs no coercion. */
function isAsItIs({ type, variable }: VariableDefinitionNode, variables: Variables): boolean {
  const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  const value = variables[variable.name.value];
  if (named.kind !== Kind.NAMED_TYPE || value == null) return false;
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

function conditionsOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'include' && name.value !== 'skip') throw new TypeError(`@${name.value}`);
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}
