import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { costCeiling, maxCostOf } from '../graphql/cost/estimate.js';
import { sanitizeOperationName } from '../observability/outcome.js';
import type { Viewer } from '../resources/viewer.js';
import { textCache } from '../util/text-cache.js';
import { CompiledQuery } from './compiler/compiled-query.js';
import type { FindRawWriter } from './compiler/object-writer.js';
import { UnsupportedOperationError } from './compiler/unsupported.js';
import { JsonWriter } from './json/json-writer.js';
import { addLiterals, literalsToVariables, type ParameterizedDocument } from './literal-variables.js';
import { type Literal, normalizeLiterals } from './literals.js';
import { type CoerceVariables, type Variables, variableCoercion } from './variables.js';

/** Executions by Yoga before the fast path takes an operation: compiling takes as long as some executions. */
const COMPILE_THRESHOLD = 4;

/**
 * Characters of documents that the operations may have that are remembered. A document counts once by itself, and once
 * more for each form that one of its operations is compiled in.
 */
const MAX_CHARACTERS = 300_000;

/** Forms that one operation is compiled in at most, for different values of its conditions. */
const MAX_VARIANTS = 16;

/** An operation compiled for one set of values of the variables in its `@include` and `@skip`. */
interface CompiledVariant {
  readonly program: CompiledQuery;
  /** Upstream requests that it cannot exceed, whatever its other variables are. */
  readonly costCeiling: number;
}

/** What all compiled queries share. */
interface Codegen {
  readonly findRawWriter: FindRawWriter;
  /** One query writes at a time: each takes what it has written before it waits. */
  readonly out: JsonWriter;
}

/** An operation that has been parsed, validated and executed before. */
class CompiledOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** Its name as it may be logged. */
  readonly sanitizedName: string | undefined;
  /** The operation's variables in `@include` and `@skip`: the fields that there are depend on them. */
  readonly #conditions: readonly string[];
  readonly #coerce: CoerceVariables;
  readonly #slots: ParameterizedDocument['slots'];
  /** The literals of the document that was compiled. */
  readonly literals: readonly Literal[];
  readonly #variants = new Map<string, CompiledVariant | null>();
  readonly #onCompiled: () => void;
  readonly #findRawWriter: FindRawWriter;
  readonly #out: JsonWriter;

  /**
   * @param literals - of the document, which become variables; none if they stay a part of it
   * @param onCompiled - called for every form that is compiled
   * @throws {UnsupportedOperationError} for an operation that cannot be compiled
   */
  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    definition: OperationDefinitionNode,
    literals: readonly Literal[],
    { findRawWriter, out }: Codegen,
    onCompiled: () => void,
  ) {
    this.schema = schema;
    this.#findRawWriter = findRawWriter;
    this.#out = out;
    this.literals = literals;
    const { document: parameterized, slots } =
      literals.length > 0 ? literalsToVariables(schema, document) : { document, slots: [] };
    this.#slots = slots;
    this.document = parameterized;
    this.definition = parameterized.definitions[
      document.definitions.indexOf(definition)
    ] as OperationDefinitionNode;
    this.sanitizedName = sanitizeOperationName(definition.name?.value);
    this.#coerce = variableCoercion(schema, definition);
    this.#conditions = conditionsOf(parameterized, definition);
    this.#onCompiled = onCompiled;
  }

  /**
   * The operation's variables and literals, coerced.
   *
   * @param literals - of the document that was sent
   * @returns `null` if the executor has to decide, which also answers with the errors of invalid values
   */
  coerce(variables: Variables, literals: readonly Literal[]): Variables | null {
    const coerced = this.#coerce(variables);
    return coerced !== null && addLiterals(this.#slots, literals, coerced) ? coerced : null;
  }

  /**
   * Whether the operation can take more upstream requests than `limit`.
   *
   * @param variables - coerced
   */
  exceeds(
    limit: number,
    { costCeiling: ceiling }: CompiledVariant,
    variables: Variables,
    viewer: Viewer,
  ): boolean {
    return ceiling > limit && maxCostOf(this, variables, viewer) > limit;
  }

  /**
   * The operation as compiled code.
   *
   * @param variables - coerced
   * @returns `null` if it cannot be compiled, or is compiled in too many forms already
   */
  variantFor(variables: Variables): CompiledVariant | null {
    let key = '';
    for (const name of this.#conditions) {
      const value = variables[name];
      // `null` is an error of the field, which the executor answers with.
      if (typeof value !== 'boolean') return null;
      key += value ? '1' : '0';
    }
    let form = this.#variants.get(key);
    if (form === undefined && this.#variants.size < MAX_VARIANTS) {
      form = this.#compile(variables);
      this.#variants.set(key, form);
      this.#onCompiled();
    }
    return form ?? null;
  }

  #compile(variables: Variables): CompiledVariant | null {
    try {
      return {
        program: new CompiledQuery(
          this.schema,
          this.document,
          this.definition,
          variables,
          this.#findRawWriter,
          this.#out,
        ),
        costCeiling: costCeiling(this, variables),
      };
    } catch (error) {
      if (error instanceof UnsupportedOperationError) return null;
      throw error;
    }
  }
}

/** Executions so far; or the operation, once it is known; or that it is left to the executor for good. */
type State = number | CompiledOperation | 'unsupported';

/** A known operation, and the literals of the document that it was found by. */
export interface CachedOperation {
  readonly operation: CompiledOperation;
  readonly literals: readonly Literal[];
}

interface DocumentEntry {
  readonly document: DocumentNode;
  /** Of `document`, if they have become variables. */
  readonly literals: readonly Literal[];
  /** Of operations that the document has: what a client sends as a name must not become a key. */
  readonly operations: Map<OperationDefinitionNode, State>;
  /** Forms that they are compiled in. */
  readonly forms: number;
}

const NO_LITERALS: readonly Literal[] = [];

/**
 * The operations that have been executed before, as far as they can be compiled. Documents that differ only in their
 * literals are one entry: clients that write SIDs and counts into their queries send thousands of these.
 */
export class OperationCache {
  readonly #schema: GraphQLSchema;
  readonly #codegen: Codegen;
  readonly #byText = textCache<DocumentEntry>(
    MAX_CHARACTERS,
    ({ length }, { forms }) => length * (1 + forms),
  );

  /** @param findRawWriter - finds how members of records are copied into the response */
  constructor(schema: GraphQLSchema, findRawWriter: FindRawWriter) {
    this.#schema = schema;
    this.#codegen = { findRawWriter, out: new JsonWriter() };
  }

  /** Finds an operation by the text of its document, without parsing it. */
  get(text: string, operationName: string | null | undefined): CachedOperation | null {
    // A document that is an entry by its own text has no literals that were taken out.
    const direct = operationOf(this.#byText.get(text), operationName);
    if (direct !== null) return { operation: direct, literals: NO_LITERALS };
    const { key, literals } = entryOf(text);
    const operation = literals.length > 0 ? operationOf(this.#byText.get(key), operationName) : null;
    return operation && { operation, literals };
  }

  /** Takes note that Yoga executes an operation; its document has been validated. */
  recordExecution(document: DocumentNode, operationName: string | null | undefined): void {
    const text = document.loc?.source.body;
    if (text === undefined) return;
    const { key, literals } = entryOf(text);
    const known = this.#entryOf(key, document, literals);
    const { document: present, operations } = known;
    const definition = getOperationAST(present, operationName);
    if (definition == null) return;
    const state = operations.get(definition) ?? 0;
    if (typeof state !== 'number') return;
    const executions = state + 1;
    operations.set(
      definition,
      executions < COMPILE_THRESHOLD ? executions : this.#compile(known, definition, key),
    );
  }

  #entryOf(key: string, document: DocumentNode, literals: readonly Literal[]): DocumentEntry {
    let known = this.#byText.get(key);
    if (known === undefined) {
      known = { document, literals, operations: new Map(), forms: 0 };
      this.#byText.set(key, known);
    }
    return known;
  }

  #compile({ document, literals }: DocumentEntry, definition: OperationDefinitionNode, key: string): State {
    try {
      const onCompiled = () => this.#countForm(key);
      return new CompiledOperation(this.#schema, document, definition, literals, this.#codegen, onCompiled);
    } catch (error) {
      if (error instanceof UnsupportedOperationError) return 'unsupported';
      throw error;
    }
  }

  /** Counts one form more of a document, if that is still there. */
  #countForm(key: string): void {
    const entry = this.#byText.peek(key);
    // What an entry takes is counted when its object is replaced, and only then.
    if (entry !== undefined) this.#byText.set(key, { ...entry, forms: entry.forms + 1 });
  }
}

/**
 * The operation's variables that conditions of the document depend on.
 *
 * @throws {UnsupportedOperationError} for a document with a directive that compiled queries do not implement
 */
function conditionsOf(
  document: DocumentNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): readonly string[] {
  const used = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'include' && name.value !== 'skip') {
        throw new UnsupportedOperationError(`@${name.value}`);
      }
      for (const { value } of given) if (value.kind === Kind.VARIABLE) used.add(value.name.value);
    },
  });
  return variableDefinitions.map(({ variable }) => variable.name.value).filter((name) => used.has(name));
}

function operationOf(
  known: DocumentEntry | undefined,
  operationName: string | null | undefined,
): CompiledOperation | null {
  const definition = known && getOperationAST(known.document, operationName);
  const state = definition && known?.operations.get(definition);
  return state instanceof CompiledOperation ? state : null;
}

/** The cache key of a document. With literals that cannot be taken out, it is the text itself. */
function entryOf(text: string): { readonly key: string; readonly literals: readonly Literal[] } {
  const normalized = normalizeLiterals(text);
  return normalized === null || normalized.literals.length === 0
    ? { key: text, literals: NO_LITERALS }
    : // No document that a client sends and Yoga can parse begins with this character.
      { key: `\0${normalized.text}`, literals: normalized.literals };
}
