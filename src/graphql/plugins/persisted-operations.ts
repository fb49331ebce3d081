import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { operationHash, type PersistedOperations } from '../../config/persisted-operations.js';
import type { HttpContext } from '../../http/context.js';
import { textCache } from '../../util/text-cache.js';
import type { DocumentStore } from './document-store.js';

/** Name of the ID in GraphQL over HTTP. Yoga has to accept it: `extraParamNames`. */
export const DOCUMENT_ID = 'documentId';

/** Capacity for registered documents of one instance in characters: some thousand documents. */
const MAX_REGISTERED_CHARACTERS = 5_000_000;

const NOTHING_PERSISTED: PersistedOperations = { documents: new Map(), only: false };

const SHA256 = /^[0-9a-f]{64}$/;

/** Clients recognize this error by its message or its code, and send the document with the next request. */
const NOT_FOUND = { message: 'PersistedQueryNotFound', code: 'PERSISTED_QUERY_NOT_FOUND' };
const OTHER_HASH = { message: 'The SHA-256 hash does not match the document.', code: 'BAD_USER_INPUT' };
const NOT_PERSISTED = {
  message: `Only persisted operations are allowed: expected the \`${DOCUMENT_ID}\` of one.`,
  code: 'FORBIDDEN',
};

/** The parameters of a request that can refer to a persisted document. */
export interface PersistedRequest {
  readonly query?: string | undefined;
  readonly documentId: string | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | null | undefined;
}

/** Takes the result of a request. Both execution paths may resolve the same request. */
type Outcome = Pick<HttpContext, 'persisted'>;

/**
 * Documents that clients may send by ID: those of the manifest and, unless only the manifest is allowed, those that a
 * client has registered with their hash (automatic persisted queries).
 */
export class PersistedDocuments {
  readonly #documents: ReadonlyMap<string, string>;
  readonly #only: boolean;
  readonly #shared: DocumentStore | null;
  readonly #registered = textCache<string>(MAX_REGISTERED_CHARACTERS, (_hash, { length }) => length);

  /** @param shared - documents that clients have registered at other instances; `null`: there are none */
  constructor(persisted: PersistedOperations | null, shared: DocumentStore | null) {
    const { documents, only } = persisted ?? NOTHING_PERSISTED;
    this.#shared = shared;
    this.#documents = documents;
    this.#only = only;
  }

  /**
   * Returns the document of a request.
   *
   * @param outcome - takes the result of the request
   * @returns `undefined` if the request has neither a document nor an ID
   * @throws {GraphQLError} if the request is not allowed, or its ID is unknown
   */
  resolve({ query, documentId, extensions }: PersistedRequest, outcome: Outcome): string | undefined {
    const hash = hashOf(extensions);
    const id = documentId ?? hash;
    if (id === null) {
      if (this.#only && query !== undefined) throw failed(outcome, NOT_PERSISTED);
      return query;
    }
    const document = this.#documents.get(operationHash(id) ?? id);
    if (document === undefined && this.#only)
      throw failed(outcome, query === undefined ? NOT_FOUND : NOT_PERSISTED);
    if (document === undefined && query !== undefined && documentId === undefined)
      return this.#register(id, query, outcome);
    const found = document ?? this.#registered.get(id);
    if (found === undefined) throw failed(outcome, NOT_FOUND);
    outcome.persisted = 'found';
    return found;
  }

  /**
   * Returns the document of a request, also if a client has registered it at another instance.
   *
   * @returns and throws as `resolve`
   */
  find(request: PersistedRequest, outcome: Outcome): string | undefined | Promise<string | undefined> {
    try {
      return this.resolve(request, outcome);
    } catch (error) {
      const id = request.documentId ?? hashOf(request.extensions);
      const isShared = outcome.persisted === 'unknown' && !this.#only && id !== null && SHA256.test(id);
      if (this.#shared === null || !isShared) throw error;
      return this.#findShared(id, this.#shared, error, outcome);
    }
  }

  /** @param notFound - error if there is no such document */
  async #findShared(
    hash: string,
    shared: DocumentStore,
    notFound: unknown,
    outcome: Outcome,
  ): Promise<string> {
    const document = await shared.get(hash);
    if (document === undefined || sha256(document) !== hash) throw notFound;
    this.#registered.set(hash, document);
    outcome.persisted = 'found';
    return document;
  }

  #register(hash: string, query: string, outcome: Outcome): string {
    if (sha256(query) !== hash) throw failed(outcome, OTHER_HASH);
    const isNew = !this.#registered.has(hash);
    if (isNew) this.#shared?.put(hash, query);
    // When the other execution path resolves the request again, the document is not new any more.
    outcome.persisted ??= isNew ? 'registered' : 'found';
    this.#registered.set(hash, query);
    return query;
  }
}

/** Replaces the ID of a document by the document: `documentId`, or Apollo's `extensions.persistedQuery.sha256Hash`. */
export function usePersistedOperations(documents: PersistedDocuments): Plugin<object, HttpContext> {
  return {
    onParams({ params, request, setParams, context }) {
      const { query, extensions } = params;
      const use = (document: string | undefined) => {
        if (document !== query)
          setParams({ ...params, ...(document === undefined ? {} : { query: document }) });
      };
      const documentId = documentIdOf(params, request);
      const found = documents.find({ query, documentId, extensions }, context);
      return found instanceof Promise ? found.then(use) : use(found);
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function failed(outcome: Outcome, { message, code }: { message: string; code: string }): GraphQLError {
  outcome.persisted = code === NOT_FOUND.code ? 'unknown' : 'rejected';
  return new GraphQLError(message, { extensions: { code } });
}

/** Reads `documentId`. For a GET request Yoga only reads the parameters that it defines. */
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
