import type { AnyRecord } from './any-record.js';
import { isJsonObject } from './codecs.js';
import { type FieldDeclaration, type ResourceDeclaration, wireNames } from './define.js';
import { type DecodeContext, MalformedMember, type Member } from './member.js';

/** Decodes one record. A value that is no object becomes a record whose members are all malformed. */
export type DecodeRecord = (json: unknown, context: DecodeContext) => AnyRecord;

/**
 * Creates the reference decoder of a resource, which defines what every other decoder of it has to produce. A member is
 * decoded when it is first read, because most operations read a few of them.
 */
export function recordDecoder(resource: ResourceDeclaration): DecodeRecord {
  class DecodedRecord {
    readonly #json: Readonly<Record<string, unknown>>;
    readonly #context: DecodeContext;
    readonly #decoded = new Map<FieldDeclaration, Member<unknown>>();

    constructor(json: Readonly<Record<string, unknown>>, context: DecodeContext) {
      this.#json = json;
      this.#context = context;
    }

    static read(record: DecodedRecord, field: FieldDeclaration): Member<unknown> {
      let member = record.#decoded.get(field);
      if (member === undefined) {
        member = field.codec.decode(memberOf(record.#json, field), record.#context);
        record.#decoded.set(field, member);
      }
      return member;
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

/** The SID of a record; `null` if the upstream sent none, or one of a wrong type. */
export function sidOf({ sid }: AnyRecord): string | null {
  return typeof sid === 'string' ? sid : null;
}

/** The JSON value of a field; `undefined` if the object has no such member. */
export function memberOf(json: Readonly<Record<string, unknown>>, field: FieldDeclaration): unknown {
  let found: unknown;
  for (const wire of wireNames(field)) {
    found = wire.includes('.') ? valueAt(json, wire.split('.')) : ownValue(json, wire);
    if (found !== undefined && found !== null) return found;
  }
  return found;
}

/** The value of a nested member. @param path - names from the outermost object to the member */
export function valueAt(json: unknown, path: readonly string[]): unknown {
  let value = json;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = ownValue(value, name);
  }
  return value;
}

function ownValue(json: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(json, name) ? json[name] : undefined;
}
