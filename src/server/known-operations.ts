import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  getVariableValues,
  isAbstractType,
  type OperationDefinitionNode,
  type Source,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { withPositions } from './located-errors.js';
import { safeName } from './outcome.js';
import { RecentCache } from './recent-cache.js';

/** Compiling takes as long as some hundred executions: it is for documents that come again. */
const RUNS_BEFORE_COMPILED = 3;

/** Characters of documents whose operations are found by their text. */
const ROOM = 1_000_000;

/** What a client can send of an operation's variables. */
export type Variables = Readonly<Record<string, unknown>>;

/** What is known of an operation: how often it has run, or its compiled form, or that it has none. */
type Known = number | KnownOperation | 'plain';

/** By the operation's name; `''` for the only one of a document. */
type Operations = Map<string, Known>;

/** An operation that has been parsed, validated and run before, as compiled code. */
export class KnownOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** Its name as it may be logged. */
  readonly safeName: string | undefined;
  readonly #definition: OperationDefinitionNode;
  readonly #source: Source;
  readonly #query: CompiledQuery['query'];

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    definition: OperationDefinitionNode,
    source: Source,
    operationName: string | undefined,
    query: CompiledQuery['query'],
  ) {
    this.schema = schema;
    this.document = document;
    this.operationName = operationName;
    this.safeName = safeName(definition.name?.value);
    this.#definition = definition;
    this.#source = source;
    this.#query = query;
  }

  /** Whether it can be run with these: compiled code has its own words for those that do not fit. */
  fits(variables: Variables): boolean {
    const { variableDefinitions = [] } = this.#definition;
    return getVariableValues(this.schema, variableDefinitions, variables).errors === undefined;
  }

  /** Runs it, as graphql-js' `execute` would. */
  run(
    rootValue: unknown,
    contextValue: unknown,
    variables: Variables,
  ): ExecutionResult | Promise<ExecutionResult> {
    const result = this.#query(rootValue, contextValue, variables);
    const source = this.#source;
    return result instanceof Promise
      ? result.then((settled) => withPositions(settled, source))
      : withPositions(result, source);
  }
}

/** The operations that have come before. Whatever cannot be compiled (`@defer`) is none of them. */
export class KnownOperations {
  // By the parsed document, which Yoga keeps for as long as it is asked for.
  readonly #byDocument = new WeakMap<DocumentNode, Operations>();
  readonly #byText = new RecentCache<Operations>(ROOM, ({ length }) => length);

  /** Finds an operation of a document by the document's text, without parsing it. */
  find(text: string, operationName: string | null | undefined): KnownOperation | null {
    const known = this.#byText.get(text)?.get(operationName ?? '');
    return known instanceof KnownOperation ? known : null;
  }

  /**
   * Takes note that an operation is run; the document has been validated.
   *
   * @returns its compiled form, once it has one
   */
  note(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName: string | null | undefined,
  ): KnownOperation | null {
    const operations = this.#operationsOf(document);
    const name = operationName ?? '';
    const present = operations.get(name) ?? 0;
    const next = typeof present === 'number' ? learn(present, schema, document, operationName) : present;
    if (next !== present) operations.set(name, next);
    return next instanceof KnownOperation ? next : null;
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
  runs: number,
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): Known {
  if (runs < RUNS_BEFORE_COMPILED) return runs + 1;
  const definition = getOperationAST(document, operationName);
  const source = document.loc?.source;
  if (definition == null || source === undefined || !isCompilable(schema, document)) return 'plain';
  const name = operationName ?? undefined;
  const compiled = compileQuery(schema, document, name, {
    // Stacks are never shown, and dear to take.
    disablingCapturingStackErrors: true,
  });
  if (!isCompiledQuery(compiled)) return 'plain';
  return new KnownOperation(schema, document, definition, source, name, compiled.query);
}

/**
 * Whether compiled code answers a document as the executor does. It does not know answers in parts, and with fields
 * of an abstract type (`node`, `nodes`, `_entities`) its resolvers are told something else of the operation.
 */
function isCompilable(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let compilable = true;
  visit(
    document,
    visitWithTypeInfo(types, {
      Directive({ name }) {
        compilable &&= name.value !== 'defer' && name.value !== 'stream';
      },
      Field() {
        compilable &&= !isAbstractType(getNamedType(types.getType()));
      },
    }),
  );
  return compilable;
}
