import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { operationHash, type PersistedOperations } from '../config/persisted-operations.js';
import { RecentCache } from './recent-cache.js';

/** The name that GraphQL over HTTP has for the id; Yoga has to be told of it in `extraParamNames`. */
export const DOCUMENT_ID = 'documentId';

/** Characters of documents that one instance learns from its clients: some thousand of them. */
const ROOM_TO_LEARN = 5_000_000;

const NOTHING_PERSISTED: PersistedOperations = { documents: new Map(), only: false };

/** How clients learn, some by the message and some by the code, that they have to send the document along. */
const NOT_FOUND = { message: 'PersistedQueryNotFound', code: 'PERSISTED_QUERY_NOT_FOUND' };
const OTHER_HASH = { message: 'the SHA-256 hash is of another document', code: 'BAD_USER_INPUT' };
const NOT_PERSISTED = {
  message: `only persisted operations are served: expected the \`${DOCUMENT_ID}\` of one`,
  code: 'FORBIDDEN',
};

/**
 * Serves operations by their ids: `documentId`, or Apollo's `extensions.persistedQuery.sha256Hash`. An operation
 * that comes with its hash once is known by it from then on (automatic persisted queries), unless only those of
 * the manifest are served.
 */
export function usePersistedOperations(persisted: PersistedOperations | null): Plugin {
  const { documents, only } = persisted ?? NOTHING_PERSISTED;
  const learned = new RecentCache<string>(ROOM_TO_LEARN, (_hash, document) => document.length);

  function documentOf(id: string, query: string | undefined, byHash: boolean): string {
    const document = documents.get(operationHash(id) ?? id);
    if (document !== undefined) return document;
    if (only) throw refusal(query === undefined ? NOT_FOUND : NOT_PERSISTED);
    return query !== undefined && byHash ? learn(id, query) : recall(id);
  }

  function learn(hash: string, query: string): string {
    if (createHash('sha256').update(query).digest('hex') !== hash) throw refusal(OTHER_HASH);
    learned.set(hash, query);
    return query;
  }

  function recall(id: string): string {
    const document = learned.get(id);
    if (document === undefined) throw refusal(NOT_FOUND);
    return document;
  }

  return {
    onParams({ params, request, setParams }) {
      const documentId = documentIdOf(params, request);
      const hash = hashOf(params);
      const id = documentId ?? hash;
      if (id !== null) {
        const { query, ...rest } = params;
        setParams({ ...rest, query: documentOf(id, query, documentId === null) });
      } else if (only && params.query !== undefined) {
        throw refusal(NOT_PERSISTED);
      }
    },
  };
}

function refusal({ message, code }: { message: string; code: string }): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** Of a GET, Yoga itself reads only the parameters that it knows. */
function documentIdOf(params: GraphQLParams, { method, url }: Request): string | null {
  if (method === 'GET') return new URL(url).searchParams.get(DOCUMENT_ID);
  const id: unknown = DOCUMENT_ID in params ? params[DOCUMENT_ID] : null;
  return typeof id === 'string' ? id : null;
}

function hashOf({ extensions }: GraphQLParams): string | null {
  const persistedQuery: unknown = extensions?.persistedQuery;
  if (typeof persistedQuery !== 'object' || persistedQuery === null) return null;
  const hash = 'sha256Hash' in persistedQuery ? persistedQuery.sha256Hash : null;
  return typeof hash === 'string' ? hash : null;
}
