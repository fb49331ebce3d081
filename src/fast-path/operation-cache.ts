import { type DocumentNode, type GraphQLSchema, getOperationAST } from 'graphql';
import { LruCache } from '../util/lru-cache.js';
import { CompiledOperation, type Variables } from './compiled-operation.js';
import type { FindRawWriter } from './compiler/object-writer.js';
import { UnsupportedOperationError } from './compiler/unsupported.js';
import { type Literal, normalizeLiterals } from './literals.js';

/** Executions by Yoga before an operation is compiled: compiling takes as long as some executions. */
const COMPILE_THRESHOLD = 3;

/** Characters of documents whose operations are cached. A compiled operation takes about 100 bytes a character. */
const MAX_CHARACTERS = 200_000;

/** Lifecycle of an operation in the cache. */
type CacheState =
  | { readonly kind: 'warming'; readonly executions: number }
  | { readonly kind: 'compiled'; readonly operation: CompiledOperation }
  | { readonly kind: 'unsupported' };

/** The operations of one document, by name; `''` for the only one. */
type DocumentEntry = Map<string, CacheState>;

/** A compiled operation, and the literals of the document that it was found by. */
export interface CachedOperation {
  readonly operation: CompiledOperation;
  readonly literals: readonly Literal[];
}

const NO_LITERALS: readonly Literal[] = [];
const WARMING: CacheState = { kind: 'warming', executions: 0 };
const UNSUPPORTED: CacheState = { kind: 'unsupported' };

/** Compiled operations by document text. Documents that differ only in their literals share an entry. */
export class OperationCache {
  readonly #schema: GraphQLSchema;
  readonly #findRawWriter: FindRawWriter;
  readonly #entries = new LruCache<DocumentEntry>(MAX_CHARACTERS, ({ length }) => length);

  constructor(schema: GraphQLSchema, findRawWriter: FindRawWriter) {
    this.#schema = schema;
    this.#findRawWriter = findRawWriter;
  }

  /** @returns `null` if the operation has not been compiled */
  get(text: string, operationName: string | null | undefined): CachedOperation | null {
    const name = operationName ?? '';
    const direct = this.#entries.get(text)?.get(name);
    if (direct !== undefined) {
      // A document that is an entry by its own text has no literals to take out.
      return direct.kind === 'compiled' ? { operation: direct.operation, literals: NO_LITERALS } : null;
    }
    const normalized = normalizeLiterals(text);
    if (normalized === null || normalized.literals.length === 0) return null;
    const state = this.#entries.get(keyOf(normalized.text))?.get(name);
    return state?.kind === 'compiled' ? { operation: state.operation, literals: normalized.literals } : null;
  }

  /**
   * Counts an execution by Yoga, and compiles the operation when it has been executed often enough.
   *
   * @param document - validated
   * @param variables - as the client sent them
   */
  recordExecution(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
  ): void {
    const text = document.loc?.source.body;
    if (text === undefined) return;
    const normalized = normalizeLiterals(text);
    const literals = normalized?.literals ?? NO_LITERALS;
    // With literals that cannot be taken out, they stay part of the text.
    const key = literals.length === 0 ? text : keyOf(normalized?.text ?? text);
    const name = operationName ?? '';
    const entry: DocumentEntry = this.#entries.get(key) ?? new Map();
    const state = entry.get(name) ?? WARMING;
    if (state.kind !== 'warming') return;
    if (state.executions < COMPILE_THRESHOLD) {
      entry.set(name, { kind: 'warming', executions: state.executions + 1 });
    } else {
      const compiled = this.#compile(document, operationName, variables, literals);
      if (compiled !== null) entry.set(name, compiled);
    }
    this.#entries.set(key, entry);
  }

  /** @returns `null` for variables that cannot be coerced: others may be */
  #compile(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
    literals: readonly Literal[],
  ): CacheState | null {
    const definition = getOperationAST(document, operationName);
    if (definition == null) return UNSUPPORTED;
    try {
      const operation = new CompiledOperation(
        this.#schema,
        document,
        definition,
        literals,
        this.#findRawWriter,
      );
      const coerced = operation.coerce(variables, literals);
      if (coerced === null) return null;
      // If this variant cannot be compiled, others hardly can.
      return operation.query(coerced) === null ? UNSUPPORTED : { kind: 'compiled', operation };
    } catch (error) {
      if (error instanceof UnsupportedOperationError) return UNSUPPORTED;
      throw error;
    }
  }
}

/** Tells the key of a normalized text from a text that a client sent, which can be the same. */
function keyOf(normalizedText: string): string {
  return `\0${normalizedText}`;
}
