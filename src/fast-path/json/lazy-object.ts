import { type FieldDeclaration, type Fields, wireNames } from '../../resources/define.js';
import { valueAt } from '../../resources/lazy-members.js';
import type { DecodeContext } from '../../resources/member.js';
import type { JsonWriter } from './json-writer.js';
import type { LazyRecordList } from './lazy-record-list.js';
import { layoutOf, memberOf, membersOf, outermostName, placeOf, type WantedMember } from './object-layout.js';
import { copierOf } from './raw-writers.js';

/** An object that is still JSON: a part of a row in the offset table of its page. A member is decoded when it is read. */
export class LazyObject {
  readonly list: LazyRecordList;
  readonly row: number;
  /** Index of its first member in the row. */
  readonly first: number;
  readonly context: DecodeContext;

  constructor(list: LazyRecordList, row: number, first: number, context: DecodeContext) {
    this.list = list;
    this.row = row;
    this.first = first;
    this.context = context;
  }
}

/** Defines a getter for each field of the objects of a class. */
export function defineMembers(lazyClass: typeof LazyObject, fields: Fields): void {
  for (const [name, field] of Object.entries(fields)) {
    Object.defineProperty(lazyClass.prototype, name, { enumerable: true, get: getterOf(fields, field) });
  }
}

/**
 * Creates the writer of a member of lazy objects.
 *
 * @param fields - fields of the objects
 * @returns writes the member without decoding it; `false` if it has to be read and written instead. `null`: it always has
 */
export function memberWriter(
  fields: Fields,
  name: string,
): ((object: unknown, out: JsonWriter) => boolean) | null {
  const field = fields[name];
  const place = field === undefined ? null : placeOf(fields, field);
  const copy = field === undefined ? null : copierOf(field.codec);
  if (place === null || copy === null) return null;
  const { index } = place;
  return (object, out) =>
    object instanceof LazyObject && copy(object.list, object.row, object.first + index, out);
}

function getterOf(fields: Fields, field: FieldDeclaration) {
  const place = placeOf(fields, field);
  if (place === null) return pathsGetter(fields, field);
  return place.nested === null ? memberGetter(field, place) : objectGetter(field, place);
}

function memberGetter({ codec }: FieldDeclaration, { index }: WantedMember) {
  return function (this: LazyObject) {
    return codec.decode(this.list.value(this.row, this.first + index), this.context);
  };
}

/** A nested object is read from its own place in the row. Anything but an object with members is decoded as a whole. */
function objectGetter({ codec }: FieldDeclaration, { index }: WantedMember) {
  class Nested extends LazyObject {}
  defineMembers(Nested, membersOf(codec) ?? {});
  return function (this: LazyObject) {
    const { list, row, context } = this;
    const own = this.first + index;
    return list.isFilledObject(row, own)
      ? new Nested(list, row, own + 1, context)
      : codec.decode(list.value(row, own), context);
  };
}

/** A field that can be one of several members, or a member of an object that is not declared. */
function pathsGetter(fields: Fields, field: FieldDeclaration) {
  const { codec } = field;
  const layout = layoutOf(fields);
  const paths = wireNames(field).map((wire) => {
    const [, ...nested] = wire.split('.');
    return { index: memberOf(layout, outermostName(wire))?.index ?? 0, nested };
  });
  return function (this: LazyObject) {
    let value: unknown;
    for (const { index, nested } of paths) {
      value = valueAt(this.list.value(this.row, this.first + index), nested);
      if (value !== undefined && value !== null) break;
    }
    return codec.decode(value, this.context);
  };
}
