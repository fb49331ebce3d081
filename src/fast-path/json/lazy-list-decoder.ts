import { fingerprintBytes } from '../../pagination/cursor/fingerprint.js';
import { type AnyRecord, FINGERPRINT } from '../../resources/any-record.js';
import type { Codec } from '../../resources/codecs.js';
import { type FieldDeclaration, type ResourceDeclaration, wireNames } from '../../resources/define.js';
import { valueAt } from '../../resources/lazy-members.js';
import type { DecodeContext, Member } from '../../resources/member.js';
import { malformedRecord } from '../../resources/record.js';
import type { ListDecoder } from '../../upstream/decode/list.js';
import type { JsonWriter } from './json-writer.js';
import { type LazyRecordList, ShapeCache, scanList, type WriteMember } from './lazy-record-list.js';
import { OffsetArena } from './offset-arena.js';
import { writeCount, writeInstant, writeText } from './raw-writers.js';

/** Writes a field of a record as JSON without decoding it. @returns `false` if the field has to be decoded instead */
export type RawFieldWriter = (record: AnyRecord, out: JsonWriter) => boolean;

/** How members are copied whose JSON can be part of a response as it is. */
const RAW_WRITERS: Partial<Record<Codec<unknown>['kind'], WriteMember>> = {
  text: writeText,
  id: writeText,
  count: writeCount,
  instant: writeInstant,
};

/** A record that is still JSON: a row in the offset table of its page. A member is decoded when it is read. */
abstract class LazyRecord {
  readonly list: LazyRecordList;
  readonly row: number;
  readonly context: DecodeContext;
  /** Decoded objects by column: their members are decoded one by one, so an object is read more than once. */
  objects: Member<unknown>[] | undefined;

  constructor(list: LazyRecordList, row: number, context: DecodeContext) {
    this.list = list;
    this.row = row;
    this.context = context;
  }
}

type LazyRecordClass = new (list: LazyRecordList, row: number, context: DecodeContext) => LazyRecord;

/** How the records of one resource are scanned and read. */
interface LazyResource {
  readonly shapes: ShapeCache;
  /** Columns of the offset table, by the name of the member on the wire. */
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
    const write = field && RAW_WRITERS[field.codec.kind];
    if (field === undefined || write === undefined) return null;
    const [wire = '', ...others] = wireNames(field);
    const { columns, Record } = this.#of(resource);
    const column = columns.get(wire);
    if (column === undefined || others.length > 0) return null;
    return (record, out) => record instanceof Record && record.list.write(record.row, column, write, out);
  }

  #of(resource: ResourceDeclaration): LazyResource {
    let lazy = this.#resources.get(resource);
    if (lazy === undefined) {
      lazy = lazyResource(resource, this.#arena);
      this.#resources.set(resource, lazy);
    }
    return lazy;
  }
}

function lazyResource(resource: ResourceDeclaration, arena: OffsetArena): LazyResource {
  const fields = Object.entries(resource.fields);
  const members = new Set(fields.flatMap(([, field]) => wireNames(field).map(outermostName)));
  const columns = new Map([...members].map((member, column) => [member, column]));
  const sidColumn = columns.get('sid');
  class Record extends LazyRecord {
    [FINGERPRINT](): number | null {
      return sidColumn === undefined ? null : this.list.peekAscii(this.row, sidColumn, fingerprintOfSid);
    }
  }
  for (const [name, field] of fields) {
    Object.defineProperty(Record.prototype, name, { enumerable: true, get: getterOf(field, columns) });
  }
  return { shapes: new ShapeCache([...members], arena), columns, Record };
}

function getterOf(field: FieldDeclaration, columns: ReadonlyMap<string, number>) {
  const { codec } = field;
  const paths = wireNames(field).map((wire) => {
    const [outermost = '', ...nested] = wire.split('.');
    return { column: columns.get(outermost) ?? 0, nested };
  });
  const [only] = paths;
  if (paths.length === 1 && only !== undefined && only.nested.length === 0) {
    const { column } = only;
    if (codec.kind === 'object') {
      return function (this: LazyRecord) {
        this.objects ??= [];
        let object = this.objects[column];
        if (object === undefined) {
          object = codec.decode(this.list.value(this.row, column), this.context);
          this.objects[column] = object;
        }
        return object;
      };
    }
    return function (this: LazyRecord) {
      return codec.decode(this.list.value(this.row, column), this.context);
    };
  }
  return function (this: LazyRecord) {
    let value: unknown;
    for (const { column, nested } of paths) {
      value = valueAt(this.list.value(this.row, column), nested);
      if (value !== undefined && value !== null) break;
    }
    return codec.decode(value, this.context);
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
