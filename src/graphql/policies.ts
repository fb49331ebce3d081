import type { GraphQLError, GraphQLSchema } from 'graphql';
import type { FastPath } from '../http/graphql-handler.js';
import type { OperationTelemetry } from '../observability/operation-telemetry.js';
import type { Viewer } from '../resources/viewer.js';
import type { AbortSignalLike } from '../util/abort.js';
import type { Span } from '../util/span.js';
import type { GatewayContext } from './context.js';
import type { PersistedDocuments } from './plugins/persisted-operations.js';
import type { GatewayPlugin } from './plugins/pipeline-plugin.js';

/** The rules that hold for every operation, however it is executed. */
export interface SharedPolicies {
  /** Creates the context of an operation. */
  readonly contextFor: (viewer: Viewer, signal: AbortSignalLike, span?: Span) => GatewayContext;
  /**
   * Identifies whom a cached response is for: callers of one account with the same scopes.
   *
   * @throws {UnknownAccountError}
   */
  readonly cachePartition: (viewer: Viewer) => string;
  /** Upstream requests that one operation may take. */
  readonly maxUpstreamRequests: number;
  /** Turns any error into one that the client may see. */
  readonly maskError: (error: unknown) => GraphQLError;
  readonly telemetry: OperationTelemetry;
  /** Whether spans have the documents of operations. */
  readonly tracesDocuments: boolean;
  readonly persistedDocuments: PersistedDocuments;
  /** How old the data of a response may be, in milliseconds; 0: no response is cached. */
  readonly cacheTtlMs: number;
  /** Milliseconds on the clock of the upstream client. */
  readonly now: () => number;
  /** Milliseconds since 1970, on the same clock. */
  readonly wallNow: () => number;
}

/** A fast path, and the Yoga plugin by which it learns which operations are executed. */
interface InstalledFastPath extends FastPath {
  readonly plugin: GatewayPlugin;
}

/** Creates a fast path for a schema that keeps to the policies. */
export type CreateFastPath = (schema: GraphQLSchema, policies: SharedPolicies) => InstalledFastPath;
