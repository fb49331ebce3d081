import type { Plugin } from 'graphql-yoga';
import type { CreateFastPath } from '../graphql/policies.js';
import type { ListDecoder } from '../upstream/decode/list.js';
import { CompiledFastPath } from './fast-path.js';
import { LazyDecoders } from './json/lazy-list-decoder.js';
import { OperationCache } from './operation-cache.js';

/** The parts of the fast path, each in place of a reference implementation. */
export interface FastPathParts {
  /** In place of `referenceListDecoder`. */
  readonly listDecoder: ListDecoder;
  /** In front of Yoga. */
  readonly create: CreateFastPath;
}

/**
 * The door of the fast path: the rest of the gateway imports nothing else of this folder.
 *
 * @returns `null` if Node forbids code generation from strings, which the fast path needs
 */
export function createFastPath(): FastPathParts | null {
  if (!canGenerateCode()) return null;
  const decoders = new LazyDecoders();
  return {
    listDecoder: decoders.list,
    create: (schema, policies) => {
      const operations = new OperationCache(schema, ({ resource, name }) =>
        decoders.rawWriter(resource, name),
      );
      const fastPath = new CompiledFastPath(operations, policies);
      return {
        handle: (body, http, signalOf) => fastPath.handle(body, http, signalOf),
        plugin: recordExecutions(operations),
      };
    },
  };
}

/** Counts the executions of operations, so that repeated ones are compiled. */
function recordExecutions(operations: OperationCache): Plugin {
  return {
    onExecute({ args: { document, operationName } }) {
      operations.recordExecution(document, operationName);
    },
  };
}

/** `node --disallow-code-generation-from-strings` forbids it. */
function canGenerateCode(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}
