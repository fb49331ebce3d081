import type { Codec } from '../../resources/codecs.js';
import type { DecodeContext, Member } from '../../resources/member.js';
import type { JsonWriter } from './json-writer.js';
import type { LazyRecordList, WriteMember } from './lazy-record-list.js';
import { writeCount, writeDecimal, writeInstant, writeText } from './raw-writers.js';

/** How members are copied whose JSON can be part of a response as it is. */
const RAW_WRITERS: Partial<Record<Codec<unknown>['kind'], WriteMember>> = {
  text: writeText,
  id: writeText,
  count: writeCount,
  decimal: writeDecimal,
  instant: writeInstant,
};

/** @returns `null` for a member whose JSON cannot be copied */
export function rawWriterOf({ kind }: Codec<unknown>): WriteMember | null {
  return RAW_WRITERS[kind] ?? null;
}

/** An object that is still JSON: a part of a row in the offset table of its page. A member is decoded when it is read. */
export abstract class LazyObject {
  readonly list: LazyRecordList;
  readonly row: number;
  readonly context: DecodeContext;
  /** Nested objects by column: their members are read one by one, so an object is read more than once. */
  objects: Member<unknown>[] | undefined;

  constructor(list: LazyRecordList, row: number, context: DecodeContext) {
    this.list = list;
    this.row = row;
    this.context = context;
  }

  /** Columns of the members by their names in the schema. */
  abstract get columns(): ReadonlyMap<string, number>;
}

/**
 * Creates the writer of a member of nested objects, wherever in records they stand.
 *
 * @param name - name of the member in the schema
 * @returns writes the member of a `LazyObject`; `false` if it has to be read and written instead
 */
export function memberWriter(
  name: string,
  codec: Codec<unknown>,
): ((object: unknown, out: JsonWriter) => boolean) | null {
  const write = rawWriterOf(codec);
  if (write === null) return null;
  return (object, out) => {
    if (!(object instanceof LazyObject)) return false;
    const column = object.columns.get(name);
    return column !== undefined && object.list.write(object.row, column, write, out);
  };
}
