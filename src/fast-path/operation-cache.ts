import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { costCeiling } from '../graphql/cost/ceiling.js';
import { maxPriceOf } from '../graphql/cost/estimate.js';
import { admissionOf } from '../graphql/cost/price.js';
import type { SharedPolicies } from '../graphql/policies.js';
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

/** Execution at which an operation is compiled. Compiling takes as long as several executions. */
const COMPILE_THRESHOLD = 4;

/**
 * Capacity of the cache in characters. A document counts once, and once more for each compiled variant of its
 * operations.
 */
const MAX_CHARACTERS = 300_000;

/** Maximum number of compiled variants of one operation. */
const MAX_VARIANTS = 16;

/** An operation compiled for one set of values of the variables in its `@include` and `@skip`. */
interface CompiledVariant {
  readonly query: CompiledQuery;
  /** Cost estimate for the most expensive values of all other variables. */
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
  /** Operation name for logs. */
  readonly sanitizedName: string | undefined;
  /** Variables in `@include` and `@skip`, which determine the selected fields. */
  readonly #conditions: readonly string[];
  readonly #coerce: CoerceVariables;
  readonly #literalUses: ParameterizedDocument['uses'];
  /** Literals of the compiled document. */
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
    const { document: parameterized, uses } =
      literals.length > 0 ? literalsToVariables(schema, document) : { document, uses: [] };
    this.#literalUses = uses;
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
   * Coerces the variables and literals of a request.
   *
   * @param literals - literals of the sent document
   * @returns `null` for invalid values, which the standard executor reports
   */
  coerce(variables: Variables, literals: readonly Literal[]): Variables | null {
    const coerced = this.#coerce(variables);
    return coerced !== null && addLiterals(this.#literalUses, literals, coerced) ? coerced : null;
  }

  /**
   * Pages that each walk of the operation over a whole list may read.
   *
   * @param variables - coerced variables
   * @returns `null` if the cost estimate of the operation exceeds the limit
   */
  walkPages(
    { costCeiling: ceiling }: CompiledVariant,
    variables: Variables,
    viewer: Viewer,
    { maxUpstreamRequests: limit, wallNow }: Pick<SharedPolicies, 'maxUpstreamRequests' | 'wallNow'>,
  ): number | null {
    if (ceiling <= limit) return Number.POSITIVE_INFINITY;
    const { required, walkPages } = admissionOf(maxPriceOf(this, variables, viewer, wallNow()), limit);
    return required > limit ? null : walkPages;
  }

  /**
   * Returns the compiled variant for the values of the variables in `@include` and `@skip`.
   *
   * @param variables - coerced variables
   * @returns `null` if the operation cannot be compiled, or has too many variants already
   */
  variantFor(variables: Variables): CompiledVariant | null {
    let key = '';
    for (const name of this.#conditions) {
      const value = variables[name];
      // `null` is an error of the field, which the standard executor reports.
      if (typeof value !== 'boolean') return null;
      key += value ? '1' : '0';
    }
    let variant = this.#variants.get(key);
    if (variant === undefined && this.#variants.size < MAX_VARIANTS) {
      variant = this.#compile(variables);
      this.#variants.set(key, variant);
      this.#onCompiled();
    }
    return variant ?? null;
  }

  #compile(variables: Variables): CompiledVariant | null {
    try {
      return {
        query: new CompiledQuery(
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

/** State of an operation: number of executions, the compiled operation, or that it cannot be compiled. */
type State = number | CompiledOperation | 'unsupported';

/** A compiled operation and the literals of the sent document. */
export interface CachedOperation {
  readonly operation: CompiledOperation;
  readonly literals: readonly Literal[];
}

interface DocumentEntry {
  readonly document: DocumentNode;
  /** Literals of `document` that have become variables. */
  readonly literals: readonly Literal[];
  /**
   * State by operation definition. The operation name is not the key, because clients could send any number of names.
   */
  readonly operations: Map<OperationDefinitionNode, State>;
  /** Forms that they are compiled in. */
  readonly forms: number;
}

const NO_LITERALS: readonly Literal[] = [];

/**
 * Cache of compiled operations. Documents that only differ in their literals share one entry, because clients that
 * write SIDs and counts into their queries send thousands of such documents.
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

  /** Returns the compiled operation of a document, without parsing the document. */
  get(text: string, operationName: string | null | undefined): CachedOperation | null {
    // An entry with the unchanged document as key has no replaced literals.
    const exact = operationOf(this.#byText.get(text), operationName);
    if (exact !== null) return { operation: exact, literals: NO_LITERALS };
    const { key, literals } = entryOf(text);
    const operation = literals.length > 0 ? operationOf(this.#byText.get(key), operationName) : null;
    return operation && { operation, literals };
  }

  /** Counts an execution by Yoga, and compiles the operation at the threshold. @param document - a valid document */
  recordExecution(document: DocumentNode, operationName: string | null | undefined): void {
    const text = document.loc?.source.body;
    if (text === undefined) return;
    const { key, literals } = entryOf(text);
    const entry = this.#entryOf(key, document, literals);
    const { document: present, operations } = entry;
    const definition = getOperationAST(present, operationName);
    if (definition == null) return;
    const state = operations.get(definition) ?? 0;
    if (typeof state !== 'number') return;
    const executions = state + 1;
    operations.set(
      definition,
      executions < COMPILE_THRESHOLD ? executions : this.#compile(entry, definition, key),
    );
  }

  #entryOf(key: string, document: DocumentNode, literals: readonly Literal[]): DocumentEntry {
    let entry = this.#byText.get(key);
    if (entry === undefined) {
      entry = { document, literals, operations: new Map(), forms: 0 };
      this.#byText.set(key, entry);
    }
    return entry;
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
 * Returns the variables of an operation that the directives of its document depend on.
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
  entry: DocumentEntry | undefined,
  operationName: string | null | undefined,
): CompiledOperation | null {
  const definition = entry && getOperationAST(entry.document, operationName);
  const state = definition && entry?.operations.get(definition);
  return state instanceof CompiledOperation ? state : null;
}

/** Returns the cache key of a document: the document itself if its literals cannot be replaced. */
function entryOf(text: string): { readonly key: string; readonly literals: readonly Literal[] } {
  const normalized = normalizeLiterals(text);
  return normalized === null || normalized.literals.length === 0
    ? { key: text, literals: NO_LITERALS }
    : // A valid document cannot start with this character, so the key cannot collide with a document.
      { key: `\0${normalized.text}`, literals: normalized.literals };
}
