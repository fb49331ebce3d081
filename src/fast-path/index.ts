import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { HttpContext } from '../http/context.js';
import type { ListDecoder } from '../upstream/decode/list.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { Variables } from './compiled-operation.js';
import { CompiledFastPath, type SharedPolicies } from './fast-path.js';
import { LazyDecoders } from './json/lazy-list-decoder.js';
import { OperationCache } from './operation-cache.js';

export type { SharedPolicies } from './fast-path.js';

/** A complete response with status 200. */
export interface FastResponse {
  /** JSON, or its bytes. */
  readonly body: string | Buffer;
  readonly bytes: number;
}

/** Answers some GraphQL requests without Yoga. Never required for correctness. */
export interface FastPath {
  /**
   * Answers a request that has been admitted.
   *
   * @param body - the JSON body of a POST request; `null` for a GET request
   * @param signalOf - returns a signal that is aborted when the client disconnects
   * @returns `null` if Yoga has to handle the request
   */
  handle(
    http: HttpContext,
    body: string | null,
    signalOf: () => AbortSignalLike,
  ): FastResponse | null | Promise<FastResponse | null>;
  /** Called for each operation that Yoga executes, before it is executed. */
  recordExecution(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
  ): void;
}

/** The parts of the fast path, each of which replaces a reference implementation. */
export interface FastPathParts {
  /** In place of `referenceListDecoder`. */
  readonly decoder: ListDecoder;
  /** @param policies - shared with Yoga's pipeline */
  create(schema: GraphQLSchema, policies: SharedPolicies): FastPath;
}

/** Creates the parts of the fast path. */
export function createFastPathParts(): FastPathParts {
  const decoders = new LazyDecoders();
  return {
    decoder: decoders.list,
    create: (schema, policies) =>
      new CompiledFastPath(
        policies,
        new OperationCache(schema, ({ resource, name }) => decoders.rawWriter(resource, name)),
      ),
  };
}

/** Whether code can be generated from strings: `--disallow-code-generation-from-strings` forbids it. */
export function canGenerateCode(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}
