import { isAbsent, isJsonObject, type ObjectCodec, type ObjectsCodec, outputTypeOf } from './codecs.js';
import type { Fields } from './define.js';
import { lazyMembers } from './lazy-members.js';
import { type DecodeContext, type Member, malformed } from './member.js';
import type { OutputField } from './output-types.js';

/** The decoded members of a nested object, by their names in the schema. */
export type NestedObject = Readonly<Record<string, Member<unknown>>>;

/** A codec for objects that are decoded member by member. */
interface NestedObjectCodec extends ObjectCodec<NestedObject> {
  readonly members: Fields;
  /** Decodes an element of a list. One that is no object has malformed members only. */
  decodeItem(value: unknown, context: DecodeContext): NestedObject;
}

/**
 * A nested object whose members are decoded one by one, so that a malformed one affects its own field alone. `{}` decodes to
 * null, because the upstream sends it if there is no value.
 *
 * @param name - name of the GraphQL type
 */
export function nestedObject(name: string, description: string, members: Fields): NestedObjectCodec {
  const decodeMembers = lazyMembers(members);
  return {
    kind: 'object',
    name,
    description,
    fields: outputFields(members),
    members,
    decode(value, context) {
      if (isAbsent(value)) return null;
      if (!isJsonObject(value)) return malformed('an object', context);
      for (const _member in value) return decodeMembers(value, context) as NestedObject;
      return null;
    },
    decodeItem(value, context) {
      return isJsonObject(value)
        ? (decodeMembers(value, context) as NestedObject)
        : malformedObject(members, context);
    },
  };
}

/** A list of such objects. */
export function listOf(item: NestedObjectCodec): ObjectsCodec<NestedObject> {
  return {
    kind: 'objects',
    item,
    decode(value, context) {
      if (isAbsent(value)) return [];
      if (!Array.isArray(value)) return malformed('a list', context);
      return value.map((element: unknown) => item.decodeItem(element, context));
    },
  };
}

function malformedObject(members: Fields, context: DecodeContext): NestedObject {
  const member = malformed('an object', context);
  return Object.fromEntries(Object.keys(members).map((name) => [name, member]));
}

/** The fields of an object type for members of a nested object. A list of objects is never null, because a missing one is empty. */
export function outputFields(members: Fields): Readonly<Record<string, OutputField>> {
  return Object.fromEntries(
    Object.entries(members).map(([name, { codec, description }]) => [
      name,
      { ...outputTypeOf(codec), nullable: codec.kind !== 'objects', description },
    ]),
  );
}
