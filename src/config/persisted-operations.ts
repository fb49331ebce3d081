import { ConfigError } from './config-error.js';
import { readJsonFile } from './json-file.js';
import type { Variables } from './variables.js';

/** Operations that clients may send by ID. */
export interface PersistedOperations {
  /** Documents by their hash in hexadecimal. */
  readonly documents: ReadonlyMap<string, string>;
  /** Whether all other operations are rejected. */
  readonly only: boolean;
}

/**
 * Reads the manifest that GraphQL Code Generator's client preset writes: a JSON object of documents by ID.
 *
 * @returns `null` when no manifest is configured
 * @throws {ConfigError}
 */
export function readPersistedOperations(variables: Variables): PersistedOperations | null {
  const { PERSISTED_OPERATIONS: path, PERSISTED_OPERATIONS_ONLY: only } = variables;
  if (path === undefined) {
    if (!only) return null;
    throw new ConfigError('PERSISTED_OPERATIONS: required because PERSISTED_OPERATIONS_ONLY is on');
  }
  const manifest = readJson(path);
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) throw invalidManifest();
  const documents = new Map<string, string>();
  for (const [id, document] of Object.entries(manifest)) {
    const hash = operationHash(id);
    if (hash === null || typeof document !== 'string') throw invalidManifest();
    documents.set(hash, document);
  }
  return { documents, only };
}

/** Returns the hash in an operation ID such as `<hex>` or `sha256:<hex>`; `null` when there is none. */
export function operationHash(id: string): string | null {
  return /^(?:sha256:)?([0-9a-f]{40}|[0-9a-f]{64})$/i.exec(id)?.[1]?.toLowerCase() ?? null;
}

function readJson(path: string): unknown {
  try {
    return readJsonFile(path);
  } catch {
    throw invalidManifest();
  }
}

function invalidManifest(): ConfigError {
  return new ConfigError(
    'PERSISTED_OPERATIONS: expected the path of a JSON file that maps IDs (hexadecimal hashes) to documents',
  );
}
