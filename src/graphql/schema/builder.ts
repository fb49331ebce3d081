import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import RelayPlugin from '@pothos/plugin-relay';
import type { GraphQLResolveInfo } from 'graphql';
import { MAX_WINDOW } from '../../pagination/arguments.js';
import { decodeGlobalId, encodeGlobalId, type GlobalId } from './global-id.js';
import type { OperationContext } from './operation-context.js';
import type { RecordNode } from './record-node.js';
import { readsProperty } from './trivial-resolvers.js';

export interface SchemaTypes {
  Context: OperationContext;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: string; Output: string };
    Date: { Input: string; Output: string };
    Long: { Input: number; Output: number };
  };
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
}

export type Builder = ReturnType<typeof createBuilder>;

/** Fetches the object that a global ID names. */
export type LoadNode = (
  id: GlobalId,
  context: OperationContext,
  info: GraphQLResolveInfo,
) => Promise<RecordNode | null>;

/** A schema builder with the conventions of every connection and node. */
export function createBuilder(loadNode: LoadNode) {
  return new SchemaBuilder<SchemaTypes>({
    plugins: [RelayPlugin, DirectivesPlugin, FederationPlugin],
    relay: {
      encodeGlobalID: encodeGlobalId,
      decodeGlobalID: decodeGlobalId,
      nodeTypeOptions: { description: 'An object that can be fetched again by its `id` alone.' },
      idFieldOptions: {
        description: 'Globally unique identifier. Opaque; use it for client caching and `node`.',
      },
      nodeQueryOptions: {
        description: 'Fetches an object by its `id`. Null when it no longer exists.',
        args: { id: { description: 'The `id` of an object, as returned by this API.' } },
        resolve: (_root, { id }, context, info) => loadNode(id, context, info),
      },
      nodesQueryOptions: {
        description:
          'Fetches several objects, in the order of their `id`s; null for each that no longer exists.',
        nullable: { list: false, items: true },
        args: { ids: { description: 'The `id`s of objects, as returned by this API.' } },
        // One by one, so that an ID that cannot be resolved does not affect the others.
        resolve: (_root, { ids }, context, info) => ids.map((id) => loadNode(id, context, info)),
      },
      firstArgOptions: {
        description: `Number of records from the start of the range, 0 to ${MAX_WINDOW}. Not together with \`last\`.`,
      },
      afterArgOptions: { description: 'The range starts after the edge with this cursor.' },
      lastArgOptions: {
        description: `Number of records up to the end of the range, 0 to ${MAX_WINDOW}. Not together with \`first\`.`,
      },
      beforeArgOptions: {
        description:
          'The range ends before the edge with this cursor. Alone it asks for the records directly before that edge.',
      },
      // SchemaTypes only declares the nullability; the schema takes it from here.
      edgesFieldOptions: {
        nullable: { list: false, items: false },
        description: 'The records of the window, in list order.',
        ...readsProperty,
      },
      nodeFieldOptions: { nullable: false, description: 'The record.', ...readsProperty },
      nodesOnConnection: {
        description: 'The nodes of the edges, for clients that need no cursors of single records.',
        ...readsProperty,
      },
      cursorFieldOptions: {
        description:
          'Cursor of this record, for `after` and `before`. Opaque; valid on every instance and after a restart, ' +
          'for as long as the upstream keeps the page.',
        extensions: { cursor: true },
      },
      pageInfoFieldOptions: {
        description: 'Pagination information (Relay `PageInfo`).',
        ...readsProperty,
      },
      pageInfoTypeOptions: {
        description: 'Pagination information of a window of a connection.',
        shareable: true,
      },
      hasNextPageFieldOptions: {
        description:
          'Whether records follow; costs no upstream request. With `first`, false is exact. True means that the upstream ' +
          'names a next page, which can turn out to be empty: the next window then has no edge, and says false.',
      },
      hasPreviousPageFieldOptions: {
        description:
          'Whether records precede the window; costs no upstream request. With `last`, false is exact. True means that ' +
          'the upstream names a previous page, which can turn out to be empty.',
      },
      startCursorFieldOptions: {
        description:
          'Cursor of the first edge: pass it to `before` for the window before. Null without an edge, except for a window that ' +
          'the page budget cut short: then it continues from there.',
      },
      endCursorFieldOptions: {
        description:
          'Cursor of the last edge: pass it to `after` for the next window. Null without an edge, except for a window ' +
          'that the page budget cut short among empty upstream pages: then it continues from there.',
      },
    },
  });
}
