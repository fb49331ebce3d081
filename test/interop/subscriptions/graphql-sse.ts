import { peer } from '../peers.js';
import type { Observer } from './deliveries.js';

export interface SseRequest {
  readonly query: string;
  variables: Readonly<Record<string, unknown>>;
}

/** The part of graphql-sse's client that the tests use. */
export interface SseClient {
  /** @returns function that unsubscribes */
  subscribe(request: SseRequest, observer: Observer<never>): () => void;
  dispose(): void;
}

interface SseOptions {
  readonly url: string;
  readonly fetchFn?: (
    url: string,
    options: RequestInit & { readonly signal: AbortSignal },
  ) => Promise<Response>;
  /** Resolves when a connection that has failed is to be tried again. */
  readonly retry?: () => Promise<void>;
}

/** The client uses distinct connections mode: each subscription has a request of its own. */
export const { createClient: createSseClient } = peer<{ createClient(options: SseOptions): SseClient }>(
  'graphql-sse',
);
