import { isJsonObject } from './codecs.js';
import { type FieldDeclaration, type Fields, wireNames } from './define.js';
import type { DecodeContext, Member } from './member.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Creates a function that decodes the members of JSON objects. A member is decoded when it is first read, because most
 * operations read a few of them.
 *
 * @returns creates an object with a property for each field
 */
export function lazyMembers(fields: Fields): (json: JsonObject, context: DecodeContext) => object {
  class LazyMembers {
    readonly #json: JsonObject;
    readonly #context: DecodeContext;
    readonly #decoded: Member<unknown>[] = [];

    constructor(json: JsonObject, context: DecodeContext) {
      this.#json = json;
      this.#context = context;
    }

    static read(
      object: LazyMembers,
      { codec }: FieldDeclaration,
      paths: readonly (readonly string[])[],
      index: number,
    ): Member<unknown> {
      let member = object.#decoded[index];
      if (member === undefined) {
        member = codec.decode(memberOf(object.#json, paths), object.#context);
        object.#decoded[index] = member;
      }
      return member;
    }
  }
  for (const [index, [name, field]] of Object.entries(fields).entries()) {
    const paths = wireNames(field).map((wire) => wire.split('.'));
    Object.defineProperty(LazyMembers.prototype, name, {
      enumerable: true,
      get(this: LazyMembers) {
        return LazyMembers.read(this, field, paths, index);
      },
    });
  }
  return (json, context) => new LazyMembers(json, context);
}

/** The value of the first of several members that is present; `undefined` if the object has none of them. */
function memberOf(json: JsonObject, paths: readonly (readonly string[])[]): unknown {
  let found: unknown;
  for (const path of paths) {
    found = valueAt(json, path);
    if (found !== undefined && found !== null) return found;
  }
  return found;
}

/** The value of a nested member. @param path - names from the outermost object to the member */
export function valueAt(json: unknown, path: readonly string[]): unknown {
  let value = json;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}
