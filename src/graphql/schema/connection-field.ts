import type { ObjectFieldBuilder, ObjectRef } from '@pothos/core';
import { ArgumentError, DEFAULT_WINDOW } from '../../pagination/arguments.js';
import { type EnumCodec, UNKNOWN_VALUE } from '../../resources/codecs.js';
import type { ListArguments, ListDeclaration } from '../../resources/define.js';
import { unwrap } from '../../resources/member.js';
import { UPSTREAM_REQUEST_COST } from '../cost/weights.js';
import type { Builder, SchemaTypes } from './builder.js';
import type { RecordNode } from './record-node.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

/** The GraphQL type of a connection. */
export type ConnectionRef = ReturnType<Builder['connectionObject']>;

/**
 * The connection field of a list: Relay's arguments and those that the upstream evaluates.
 *
 * @param t - field builder of the parent type, or of `Query`
 * @param node - type of the list's records
 * @param connection - type of the connection
 * @param enumType - the GraphQL enum of a codec
 */
export function connectionField(
  t: ObjectFieldBuilder<Types, RecordNode>,
  list: ListDeclaration,
  node: ObjectRef<Types, RecordNode>,
  connection: ConnectionRef,
  enumType: (codec: EnumCodec<string>) => unknown,
) {
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
    connection as never,
  );
}

/** Characters of an argument: SIDs have 34, unique names some more. It becomes a part of URLs and of cache keys. */
const MAX_ARGUMENT_LENGTH = 256;

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The arguments that the upstream evaluates; those that are null or not given are left out.
 *
 * @throws {ArgumentError} for an empty value, which would not filter at all; for the enum value that stands for values that
 *   the schema does not define; for text that is too long or not Unicode
 */
export function listArguments(
  list: ListDeclaration,
  given: Readonly<Record<string, unknown>>,
): ListArguments {
  const args: Record<string, string> = {};
  for (const [name, { type }] of Object.entries(list.arguments)) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    if (value === '')
      throw new ArgumentError(`\`${name}\` is empty: expected a value, or null for all records`);
    const text = String(value);
    if (typeof type !== 'string' && text === UNKNOWN_VALUE) {
      throw new ArgumentError(`\`${name}\` is UNKNOWN: expected a value that the upstream knows`);
    }
    if (text.length > MAX_ARGUMENT_LENGTH || LONE_SURROGATE.test(text)) {
      throw new ArgumentError(
        `\`${name}\` is invalid: expected at most ${MAX_ARGUMENT_LENGTH} Unicode characters`,
      );
    }
    args[name] = text;
  }
  return args;
}
