import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { operationHash, type PersistedOperations } from '../../config/persisted-operations.js';
import { textCache } from '../../util/text-cache.js';

/** Name of the ID in GraphQL over HTTP. Yoga has to accept it: `extraParamNames`. */
export const DOCUMENT_ID = 'documentId';

/** Characters of documents that one instance registers for its clients: some thousand documents. */
const MAX_REGISTERED_CHARACTERS = 5_000_000;

const NOTHING_PERSISTED: PersistedOperations = { documents: new Map(), only: false };

/** Clients detect, some by the message and some by the code, that they have to send the document along. */
const NOT_FOUND = { message: 'PersistedQueryNotFound', code: 'PERSISTED_QUERY_NOT_FOUND' };
const OTHER_HASH = { message: 'The SHA-256 hash does not match the document.', code: 'BAD_USER_INPUT' };
const NOT_PERSISTED = {
  message: `Only persisted operations are served: expected the \`${DOCUMENT_ID}\` of one.`,
  code: 'FORBIDDEN',
};

/** The parts of a request that can name a persisted document. */
export interface PersistedRequest {
  readonly query?: string | undefined;
  readonly documentId: string | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * The documents that clients may send by ID: those of the manifest, and those that a client has sent once with their
 * hash (automatic persisted queries), unless only the manifest is served.
 */
export class PersistedDocuments {
  readonly #documents: ReadonlyMap<string, string>;
  readonly #only: boolean;
  readonly #registered = textCache<string>(MAX_REGISTERED_CHARACTERS, (_hash, { length }) => length);

  constructor(persisted: PersistedOperations | null) {
    const { documents, only } = persisted ?? NOTHING_PERSISTED;
    this.#documents = documents;
    this.#only = only;
  }

  /**
   * The document of a request.
   *
   * @returns `undefined` if the request names none
   * @throws {GraphQLError} if the request must not be served, or its ID is unknown
   */
  resolve({ query, documentId, extensions }: PersistedRequest): string | undefined {
    const hash = hashOf(extensions);
    const id = documentId ?? hash;
    if (id === null) {
      if (this.#only && query !== undefined) throw persistedError(NOT_PERSISTED);
      return query;
    }
    const document = this.#documents.get(operationHash(id) ?? id);
    if (document !== undefined) return document;
    if (this.#only) throw persistedError(query === undefined ? NOT_FOUND : NOT_PERSISTED);
    return query !== undefined && documentId === undefined ? this.#register(id, query) : this.#recall(id);
  }

  #register(hash: string, query: string): string {
    if (createHash('sha256').update(query).digest('hex') !== hash) throw persistedError(OTHER_HASH);
    this.#registered.set(hash, query);
    return query;
  }

  #recall(id: string): string {
    const document = this.#registered.get(id);
    if (document === undefined) throw persistedError(NOT_FOUND);
    return document;
  }
}

/** Serves operations by ID: `documentId`, or Apollo's `extensions.persistedQuery.sha256Hash`. */
export function usePersistedOperations(documents: PersistedDocuments): Plugin {
  return {
    onParams({ params, request, setParams }) {
      const { query, extensions } = params;
      const document = documents.resolve({ query, documentId: documentIdOf(params, request), extensions });
      if (document !== query)
        setParams({ ...params, ...(document === undefined ? {} : { query: document }) });
    },
  };
}

function persistedError({ message, code }: { message: string; code: string }): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** Of a GET request, Yoga itself reads only the parameters that it knows. */
function documentIdOf(params: GraphQLParams, { method, url }: Request): string | undefined {
  if (method === 'GET') return new URL(url).searchParams.get(DOCUMENT_ID) ?? undefined;
  const id: unknown = DOCUMENT_ID in params ? params[DOCUMENT_ID] : undefined;
  return typeof id === 'string' ? id : undefined;
}

function hashOf(extensions: PersistedRequest['extensions']): string | null {
  const persistedQuery: unknown = extensions?.persistedQuery;
  if (typeof persistedQuery !== 'object' || persistedQuery === null) return null;
  const hash = 'sha256Hash' in persistedQuery ? persistedQuery.sha256Hash : null;
  return typeof hash === 'string' ? hash : null;
}
