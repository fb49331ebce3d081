import type { ObjectFieldBuilder, ObjectRef } from '@pothos/core';
import { DEFAULT_WINDOW } from '../../pagination/arguments.js';
import type { EnumCodec } from '../../resources/codecs.js';
import { connectionName, type ListArguments, type ListDeclaration } from '../../resources/define.js';
import { unwrap } from '../../resources/member.js';
import { UPSTREAM_REQUEST_COST } from '../cost/weights.js';
import type { SchemaTypes } from './builder.js';
import type { RecordNode } from './record-node.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

/**
 * The connection field of a list: Relay's arguments and those that the upstream evaluates.
 *
 * @param t - field builder of the parent type, or of `Query`
 * @param node - type of the list's records
 * @param enumType - the GraphQL enum of a codec
 */
export function connectionField(
  t: ObjectFieldBuilder<Types, RecordNode>,
  list: ListDeclaration,
  node: ObjectRef<Types, RecordNode>,
  enumType: (codec: EnumCodec<string>) => unknown,
) {
  const name = connectionName(list);
  const args = Object.fromEntries(
    Object.entries(list.arguments).map(([argument, { type, description }]) => [
      argument,
      t.arg({ type: (typeof type === 'string' ? type : enumType(type)) as 'String', description }),
    ]),
  );
  return t.connection(
    {
      type: node,
      args,
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
      extensions: { list },
      resolve: (parent: RecordNode | undefined, given, { loaders }) =>
        loaders.connection(
          list,
          unwrap(parent?.sid ?? null) ?? '',
          listArguments(list, given),
          given,
        ) as never,
    },
    { name: `${name}Connection`, description: list.connectionDescription },
    { name: `${name}Edge`, description: list.edgeDescription },
  );
}

/** The arguments that the upstream evaluates; those that are null or not given are left out. */
export function listArguments(
  list: ListDeclaration,
  given: Readonly<Record<string, unknown>>,
): ListArguments {
  const args: Record<string, string> = {};
  for (const name of Object.keys(list.arguments)) {
    const value = given[name];
    if (value !== undefined && value !== null) args[name] = String(value);
  }
  return args;
}
