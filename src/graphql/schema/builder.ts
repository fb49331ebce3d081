import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import RelayPlugin from '@pothos/plugin-relay';
import type { Loaders } from '../../connections/loaders.js';
import { writeCursor } from '../../fast-path/json/raw-writer.js';
import type { Viewer } from '../../guards/authentication/scopes.js';
import { MAX_WINDOW } from '../../pagination/arguments.js';
import { decodeGlobalId, encodeGlobalId } from './global-id.js';
import { loadNode } from './node.js';
import { readsProperty } from './trivial-resolvers.js';

/** What the schema needs of an operation. */
export interface OperationContext {
  readonly viewer: Viewer;
  readonly loaders: Loaders;
  /** Places of fields that the viewer must not read, of which the operation has an error already. */
  withheld?: Set<string>;
}

export interface SchemaTypes {
  Context: OperationContext;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: string; Output: string };
    Long: { Input: number; Output: number };
  };
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
}

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, DirectivesPlugin, FederationPlugin],
  relay: {
    encodeGlobalID: encodeGlobalId,
    decodeGlobalID: decodeGlobalId,
    nodeTypeOptions: { description: 'An object that can be fetched again by its `id` alone.' },
    idFieldOptions: { description: 'Names the object in the whole graph: opaque, and for client caches.' },
    nodeQueryOptions: {
      description: 'Fetches an object again by its `id`. Null when there is none any more.',
      args: { id: { description: 'The `id` of an object, as it was answered.' } },
      resolve: (_root, { id }, context, info) => loadNode(id, context, info),
    },
    nodesQueryOptions: {
      description:
        'Fetches several objects again, in the order of their ids; null where there is none any more.',
      nullable: { list: false, items: true },
      args: { ids: { description: 'The `id`s of objects, as they were answered.' } },
      // One by one, so that an id that cannot be answered leaves the others alone.
      resolve: (_root, { ids }, context, info) => ids.map((id) => loadNode(id, context, info)),
    },
    firstArgOptions: {
      description: `How many records from the start of the range, 0 to ${MAX_WINDOW}. Not together with \`last\`.`,
    },
    afterArgOptions: { description: 'The range starts behind the edge with this cursor.' },
    lastArgOptions: {
      description: `How many records up to the end of the range, 0 to ${MAX_WINDOW}. Not together with \`first\`.`,
    },
    beforeArgOptions: {
      description:
        'The range ends in front of the edge with this cursor. Alone it asks for the records right in front.',
    },
    // The types above only say so; without these the schema would not.
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The records of the window, in list order.',
      ...readsProperty,
    },
    nodeFieldOptions: { nullable: false, description: 'The record.', ...readsProperty },
    cursorFieldOptions: {
      description:
        'Where the record stands, for `after` and `before`. Opaque; good on every instance and after a restart, ' +
        'for as long as the upstream keeps the page.',
      extensions: { writeJson: writeCursor },
    },
    pageInfoFieldOptions: {
      description: 'Where the window stands in its list.',
      ...readsProperty,
    },
    pageInfoTypeOptions: {
      description: 'Where a window of a connection stands in its list.',
      shareable: true,
    },
    hasNextPageFieldOptions: {
      description:
        'Whether records follow; costs no upstream request. With `first`, false is exact. True says that the upstream ' +
        'names a next page, which can turn out to be empty: then the next window has no edge, and says false.',
    },
    hasPreviousPageFieldOptions: {
      description:
        'Whether records come before; costs no upstream request. With `last`, false is exact. True says that the ' +
        'upstream names a previous page, which can turn out to be empty.',
    },
    startCursorFieldOptions: { description: 'Cursor of the first edge; null when there is none.' },
    endCursorFieldOptions: {
      description:
        'Cursor of the last edge: give it to `after` to go on. Without an edge it is null, but for a window ' +
        'that was cut short among empty upstream pages: then it leads on from there.',
    },
  },
});
