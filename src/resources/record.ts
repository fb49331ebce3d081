import { isJsonObject } from './codecs.js';
import { type AnyRecord, type FieldDeclaration, type ResourceDeclaration, wireNames } from './define.js';
import { type DecodeContext, MalformedMember, type Member } from './member.js';

/** Makes a record of its JSON. An element that is no object becomes a record whose members are all malformed. */
export type DecodeRecord = (json: unknown, context: DecodeContext) => AnyRecord;

/**
 * The reference decoder of a resource: defines what every other decoder of it has to produce. Members are decoded when
 * they are read, because most operations read a few of them.
 */
export function recordDecoder(resource: ResourceDeclaration): DecodeRecord {
  class DecodedRecord {
    readonly #json: Readonly<Record<string, unknown>>;
    readonly #context: DecodeContext;

    constructor(json: Readonly<Record<string, unknown>>, context: DecodeContext) {
      this.#json = json;
      this.#context = context;
    }

    static read(record: DecodedRecord, field: FieldDeclaration): Member<unknown> {
      return field.codec.decode(memberOf(record.#json, field), record.#context);
    }
  }
  for (const [name, field] of Object.entries(resource.fields)) {
    Object.defineProperty(DecodedRecord.prototype, name, {
      enumerable: true,
      get(this: DecodedRecord) {
        return DecodedRecord.read(this, field);
      },
    });
  }
  return (json, context) =>
    isJsonObject(json)
      ? (new DecodedRecord(json, context) as unknown as AnyRecord)
      : malformedRecord(resource, context);
}

/** A record in the place of a list element that is no object, so that no position in the list moves. */
export function malformedRecord(
  { noun, fields }: ResourceDeclaration,
  { requestId }: DecodeContext,
): AnyRecord {
  const member = new MalformedMember(noun, requestId);
  return Object.fromEntries(Object.keys(fields).map((name) => [name, member]));
}

/** The JSON value of a field; `undefined` if the record has no such member. */
function memberOf(json: Readonly<Record<string, unknown>>, field: FieldDeclaration): unknown {
  let found: unknown;
  for (const wire of wireNames(field)) {
    found = valueAt(json, wire);
    if (found !== undefined && found !== null) return found;
  }
  return found;
}

/** @param path - member names with dots between them */
function valueAt(json: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = json;
  for (const name of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}
