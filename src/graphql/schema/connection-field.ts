import type { ObjectFieldBuilder, ObjectRef } from '@pothos/core';
import { DEFAULT_WINDOW } from '../../pagination/arguments.js';
import type { GivenArguments } from '../../resources/arguments.js';
import type { ListDeclaration } from '../../resources/define.js';
import { UPSTREAM_REQUEST_COST } from '../cost/weights.js';
import type { Builder, SchemaTypes } from './builder.js';
import type { InputTypes, NoArguments } from './input-types.js';
import { filterOf, type ListField, listRead, loadListRead } from './list-field.js';
import { parentSidOf, type RecordNode } from './record-node.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

/** The GraphQL type of a connection. */
export type ConnectionRef = ReturnType<Builder['connectionObject']>;

/** The GraphQL type of an edge. */
export type EdgeRef = ReturnType<Builder['edgeObject']>;

/**
 * The connection field of a list: Relay's arguments, those that the upstream evaluates, and the filter.
 *
 * @param t - field builder of the parent type, or of `Query`
 * @param node - type of the list's records
 * @param connection - type of the connection
 */
export function connectionField(
  t: ObjectFieldBuilder<Types, RecordNode>,
  list: ListDeclaration,
  node: ObjectRef<Types, RecordNode>,
  connection: ConnectionRef,
  inputs: InputTypes,
) {
  const field: ListField = { list, summary: null };
  return t.connection(
    {
      type: node,
      args: { ...inputs.arguments(t, list.arguments), ...inputs.filter(t, filterOf(field)) } as NoArguments,
      description:
        `${list.description} Without \`first\` and \`last\` the window has ${DEFAULT_WINDOW}. ` +
        'An upstream failure makes this field null, alone.',
      nullable: true,
      cost: UPSTREAM_REQUEST_COST,
      listSize: {
        assumedSize: DEFAULT_WINDOW,
        slicingArguments: ['first', 'last'],
        sizedFields: ['edges', 'nodes'],
        requireOneSlicingArgument: false,
      },
      extensions: { listField: field },
      resolve: (parent: RecordNode | undefined, given, { loaders }) =>
        loadListRead(listRead(field, given as GivenArguments), loaders, parentSidOf(parent)) as never,
    },
    connection as never,
  );
}
