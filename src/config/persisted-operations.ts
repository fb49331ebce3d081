import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.js';
import type { Variables } from './variables.js';

/** Operations that clients may send by their id. */
export interface PersistedOperations {
  /** Document texts by the hash of each, in hex. */
  readonly documents: ReadonlyMap<string, string>;
  /** Whether there are no others. */
  readonly only: boolean;
}

/**
 * Reads the manifest that GraphQL Code Generator's client preset writes: a JSON object of document texts by id.
 *
 * @returns `null` when none is configured
 * @throws {ConfigError}
 */
export function readPersistedOperations(variables: Variables): PersistedOperations | null {
  const { PERSISTED_OPERATIONS: path, PERSISTED_OPERATIONS_ONLY: only } = variables;
  if (path === undefined) {
    if (!only) return null;
    throw new ConfigError('PERSISTED_OPERATIONS: expected, since PERSISTED_OPERATIONS_ONLY is on');
  }
  const manifest = readJson(path);
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) throw wrong();
  const documents = new Map<string, string>();
  for (const [id, document] of Object.entries(manifest)) {
    const hash = operationHash(id);
    if (hash === null || typeof document !== 'string') throw wrong();
    documents.set(hash, document);
  }
  return { documents, only };
}

/** The hash in an operation's id, which may be written `sha256:<hex>`; `null` when it is none. */
export function operationHash(id: string): string | null {
  return /^(?:sha256:)?([0-9a-f]{40}|[0-9a-f]{64})$/i.exec(id)?.[1]?.toLowerCase() ?? null;
}

function readJson(path: string): unknown {
  try {
    // RFC 8259, section 8.1: a parser may pass over a byte order mark, which some editors write.
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch {
    throw wrong();
  }
}

function wrong(): ConfigError {
  return new ConfigError(
    'PERSISTED_OPERATIONS: expected the path of a JSON file that maps ids (hashes in hex) to document texts',
  );
}
