import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { Viewer } from '../schema/scopes.js';
import { costCeiling, worstCase } from '../schema/worst-case.js';
import { Program } from './compiled/compile.js';
import { type CoerceVariables, type Variables, variableCoercion } from './direct/variables.js';
import { safeName } from './outcome.js';
import { RecentCache } from './recent-cache.js';

/** Executions by Yoga before the fast path takes an operation: compiling takes as long as some executions. */
const EXECUTIONS_BY_YOGA = 4;

/**
 * Characters of documents that the operations may have that are remembered. A document counts once by itself, and once
 * more for each form that one of its operations is compiled in.
 */
const MAX_CHARACTERS = 1_000_000;

/** Forms that one operation is compiled in at most, for different values of its conditions. */
const MAX_FORMS = 16;

/** An operation compiled for one set of values of the variables in its `@include` and `@skip`. */
export interface CompiledForm {
  readonly program: Program;
  /** Upstream requests that it cannot exceed, whatever its other variables are. */
  readonly costCeiling: number;
}

/** An operation that has been parsed, validated and executed before. */
export class KnownOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** Its name as it may be logged. */
  readonly safeName: string | undefined;
  /** The operation's variables in `@include` and `@skip`: the fields that there are depend on them. */
  readonly #conditions: readonly string[];
  readonly #coerce: CoerceVariables;
  readonly #forms = new Map<string, CompiledForm | null>();
  readonly #onCompiled: () => void;

  /**
   * @param onCompiled - called for every form that is compiled
   * @throws {TypeError} for an operation that is left to the executor
   */
  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    definition: OperationDefinitionNode,
    onCompiled: () => void,
  ) {
    this.schema = schema;
    this.document = document;
    this.definition = definition;
    this.safeName = safeName(definition.name?.value);
    this.#coerce = variableCoercion(schema, definition);
    this.#conditions = conditionsOf(document, definition);
    this.#onCompiled = onCompiled;
  }

  /**
   * The operation's variables, coerced.
   *
   * @returns `null` if the executor has to decide, which also answers with the errors of invalid values
   */
  coerce(variables: Variables): Variables | null {
    return this.#coerce(variables);
  }

  /**
   * Whether the operation can take more upstream requests than `limit`.
   *
   * @param variables - coerced
   */
  exceeds(
    limit: number,
    { costCeiling: ceiling }: CompiledForm,
    variables: Variables,
    viewer: Viewer,
  ): boolean {
    return ceiling > limit && worstCase(this, variables, viewer) > limit;
  }

  /**
   * The operation as compiled code.
   *
   * @param variables - coerced
   * @returns `null` if it cannot be compiled, or is compiled in too many forms already
   */
  formFor(variables: Variables): CompiledForm | null {
    let key = '';
    for (const name of this.#conditions) {
      const value = variables[name];
      // `null` is an error of the field, which the executor answers with.
      if (typeof value !== 'boolean') return null;
      key += value ? '1' : '0';
    }
    let form = this.#forms.get(key);
    if (form === undefined && this.#forms.size < MAX_FORMS) {
      form = this.#compile(variables);
      this.#forms.set(key, form);
      this.#onCompiled();
    }
    return form ?? null;
  }

  #compile(variables: Variables): CompiledForm | null {
    try {
      return {
        program: new Program(this.schema, this.document, this.definition, variables),
        costCeiling: costCeiling(this, variables),
      };
    } catch (error) {
      if (error instanceof TypeError) return null;
      throw error;
    }
  }
}

/** Executions so far; or the operation, once it is known; or that it is left to the executor for good. */
type State = number | KnownOperation | 'unsupported';

interface KnownDocument {
  readonly document: DocumentNode;
  /** Of operations that the document has: what a client sends as a name must not become a key. */
  readonly operations: Map<OperationDefinitionNode, State>;
}

/** The operations that have been executed before, as far as they can be compiled. */
export class KnownOperations {
  readonly #byText = new RecentCache<KnownDocument>(MAX_CHARACTERS, ({ length }) => length);

  /** Finds an operation by the text of its document, without parsing it. */
  find(text: string, operationName: string | null | undefined): KnownOperation | null {
    const known = this.#byText.get(text);
    const definition = known && getOperationAST(known.document, operationName);
    const state = definition && known?.operations.get(definition);
    return state instanceof KnownOperation ? state : null;
  }

  /** Takes note that Yoga executes an operation; its document has been validated. */
  note(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined): void {
    const text = document.loc?.source.body;
    if (text === undefined) return;
    const { document: present, operations } = this.#documentOf(text, document);
    const definition = getOperationAST(present, operationName);
    if (definition == null) return;
    const state = operations.get(definition) ?? 0;
    if (typeof state !== 'number') return;
    const executions = state + 1;
    operations.set(
      definition,
      executions < EXECUTIONS_BY_YOGA ? executions : this.#learn(schema, present, definition, text),
    );
  }

  #documentOf(text: string, document: DocumentNode): KnownDocument {
    let known = this.#byText.get(text);
    if (known === undefined) {
      known = { document, operations: new Map() };
      this.#byText.set(text, known);
    }
    return known;
  }

  #learn(
    schema: GraphQLSchema,
    document: DocumentNode,
    definition: OperationDefinitionNode,
    text: string,
  ): State {
    try {
      return new KnownOperation(schema, document, definition, () => this.#byText.grow(text, text.length));
    } catch (error) {
      if (error instanceof TypeError) return 'unsupported';
      throw error;
    }
  }
}

/**
 * The operation's variables that conditions of the document depend on.
 *
 * @throws {TypeError} for a document with a directive that compiled code does not implement
 */
function conditionsOf(
  document: DocumentNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): readonly string[] {
  const used = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'include' && name.value !== 'skip') throw new TypeError(`@${name.value}`);
      for (const { value } of given) if (value.kind === Kind.VARIABLE) used.add(value.name.value);
    },
  });
  return variableDefinitions.map(({ variable }) => variable.name.value).filter((name) => used.has(name));
}
