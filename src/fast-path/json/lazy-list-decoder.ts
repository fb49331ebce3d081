import { fingerprintBytes } from '../../pagination/cursor/fingerprint.js';
import { type AnyRecord, FINGERPRINT } from '../../resources/any-record.js';
import type { Codec } from '../../resources/codecs.js';
import {
  type FieldDeclaration,
  type Fields,
  type ResourceDeclaration,
  wireNames,
} from '../../resources/define.js';
import { valueAt } from '../../resources/lazy-members.js';
import type { DecodeContext } from '../../resources/member.js';
import { malformedRecord } from '../../resources/record.js';
import type { ListDecoder } from '../../upstream/decode/list.js';
import { getOrCreate } from '../../util/get-or-create.js';
import type { JsonWriter } from './json-writer.js';
import { LazyObject, rawWriterOf } from './lazy-object.js';
import { type LazyRecordList, ShapeCache, scanList, type WantedMember } from './lazy-record-list.js';
import { OffsetArena } from './offset-arena.js';

/** Writes a field of a record as JSON without decoding it. @returns `false` if the field has to be decoded instead */
export type RawFieldWriter = (record: AnyRecord, out: JsonWriter) => boolean;

type LazyRecordClass = new (list: LazyRecordList, row: number, context: DecodeContext) => LazyObject;

/** How the records of one resource are scanned and read. */
interface LazyResource {
  readonly shapes: ShapeCache;
  /** Columns of the members, by their names in the schema. */
  readonly columns: ReadonlyMap<string, number>;
  readonly Record: LazyRecordClass;
}

/**
 * Decodes lists without parsing them: one scan records where each declared member is, and a member is decoded, or copied
 * into the response, when it is read. Produces the same records as the reference decoder.
 */
export class LazyDecoders {
  readonly #resources = new Map<ResourceDeclaration, LazyResource>();
  readonly #arena = new OffsetArena();

  /** As `ListDecoder`. */
  readonly list: ListDecoder = ({ resource, collection: { envelopeKey } }) => {
    const { shapes, Record } = this.#of(resource);
    return (body) => {
      const scanned = scanList(body, envelopeKey, shapes);
      if (scanned === null) return null;
      const { records, meta } = scanned;
      return { meta, records: records && ((context) => recordsOf(records, Record, resource, context)) };
    };
  };

  /** @returns `null` for a field whose JSON cannot be copied */
  rawWriter(resource: ResourceDeclaration, name: string): RawFieldWriter | null {
    const field = resource.fields[name];
    const write = field === undefined ? null : rawWriterOf(field.codec);
    const { columns, Record } = this.#of(resource);
    const column = columns.get(name);
    if (field === undefined || write === null || column === undefined) return null;
    return (record, out) => record instanceof Record && record.list.write(record.row, column, write, out);
  }

  #of(resource: ResourceDeclaration): LazyResource {
    return getOrCreate(this.#resources, resource, () => lazyResource(resource, this.#arena));
  }
}

function lazyResource(resource: ResourceDeclaration, arena: OffsetArena): LazyResource {
  const { wanted, places, columns } = wantedMembers(resource.fields, 0);
  const sidColumn = columns.get('sid');
  class Record extends LazyObject {
    [FINGERPRINT](): number | null {
      return sidColumn === undefined ? null : this.list.peekAscii(this.row, sidColumn, fingerprintOfSid);
    }

    get columns(): ReadonlyMap<string, number> {
      return columns;
    }
  }
  defineMembers(Record.prototype, resource.fields, places);
  return { shapes: new ShapeCache(wanted, arena), columns, Record };
}

/** Members of an object by the name on the wire. */
type Places = ReadonlyMap<string, WantedMember>;

/** What is looked for in objects with these fields, and where it is recorded. */
interface Wanted {
  readonly wanted: readonly WantedMember[];
  readonly places: Places;
  /** Columns of fields that are one member each, by the name of the field. */
  readonly columns: ReadonlyMap<string, number>;
}

/** @param first - index of the first member in the row */
function wantedMembers(fields: Fields, first: number): Wanted {
  const places = new Map<string, WantedMember>();
  const columns = new Map<string, number>();
  let index = first;
  for (const [field, declaration] of Object.entries(fields)) {
    const [wire = '', ...others] = wireNames(declaration);
    for (const name of [wire, ...others].map(outermostName)) {
      if (places.has(name)) continue;
      const own = index;
      const inner = name === wire ? membersOf(declaration.codec) : null;
      const members = inner === null ? [] : wantedMembers(inner, own + 1).wanted;
      places.set(name, { name, index: own, members });
      index = lastIndex(members, own) + 1;
    }
    const place = places.get(wire);
    if (others.length === 0 && place !== undefined) columns.set(field, place.index);
  }
  return { wanted: [...places.values()], places, columns };
}

function lastIndex(members: readonly WantedMember[], own: number): number {
  return members.reduce((last, member) => Math.max(last, lastIndex(member.members, member.index)), own);
}

/** The fields of a nested object that is decoded member by member; `null` for any other member. */
function membersOf(codec: Codec<unknown>): Fields | null {
  return (codec as { readonly members?: Fields }).members ?? null;
}

/** Defines a getter for each field. */
function defineMembers(prototype: object, fields: Fields, places: Places): void {
  for (const [name, field] of Object.entries(fields)) {
    Object.defineProperty(prototype, name, { enumerable: true, get: getterOf(field, places) });
  }
}

function getterOf(field: FieldDeclaration, places: Places) {
  const { codec } = field;
  const paths = wireNames(field).map((wire) => {
    const [outermost = '', ...nested] = wire.split('.');
    return { place: places.get(outermost), nested };
  });
  const [only] = paths;
  if (paths.length === 1 && only?.place !== undefined && only.nested.length === 0) {
    return only.place.members.length > 0 ? objectGetter(field, only.place) : memberGetter(field, only.place);
  }
  return function (this: LazyObject) {
    let value: unknown;
    for (const { place, nested } of paths) {
      value = valueAt(this.list.value(this.row, place?.index ?? 0), nested);
      if (value !== undefined && value !== null) break;
    }
    return codec.decode(value, this.context);
  };
}

function memberGetter({ codec }: FieldDeclaration, { index }: WantedMember) {
  return function (this: LazyObject) {
    return codec.decode(this.list.value(this.row, index), this.context);
  };
}

/** A nested object is read from its own columns. Anything but an object with members is decoded as a whole. */
function objectGetter({ codec }: FieldDeclaration, { index, members }: WantedMember) {
  const fields = membersOf(codec) ?? {};
  const places = new Map(members.map((member) => [member.name, member]));
  const { columns } = wantedMembers(fields, index + 1);
  class Nested extends LazyObject {
    get columns(): ReadonlyMap<string, number> {
      return columns;
    }
  }
  defineMembers(Nested.prototype, fields, places);
  return function (this: LazyObject) {
    this.objects ??= [];
    let object = this.objects[index];
    if (object === undefined) {
      object = this.list.isFilledObject(this.row, index)
        ? new Nested(this.list, this.row, this.context)
        : codec.decode(this.list.value(this.row, index), this.context);
      this.objects[index] = object;
    }
    return object;
  };
}

function recordsOf(
  list: LazyRecordList,
  Record: LazyRecordClass,
  resource: ResourceDeclaration,
  context: DecodeContext,
): readonly AnyRecord[] {
  const records: AnyRecord[] = [];
  for (let row = 0; row < list.length; row += 1) {
    records.push(
      list.isObject(row)
        ? (new Record(list, row, context) as unknown as AnyRecord)
        : malformedRecord(resource, context),
    );
  }
  return records;
}

/** An empty SID counts as absent. */
function fingerprintOfSid(json: DataView, from: number, to: number): number | null {
  return from === to ? null : fingerprintBytes(json, from, to);
}

function outermostName(path: string): string {
  return path.split('.', 1)[0] ?? path;
}
