import { type AnyRecord, FINGERPRINT } from '../../resources/any-record.js';
import type { ResourceDeclaration } from '../../resources/define.js';
import type { DecodeContext } from '../../resources/member.js';
import { malformedRecord } from '../../resources/record.js';
import type { ListDecoder } from '../../upstream/decode/list.js';
import { getOrCreate } from '../../util/get-or-create.js';
import type { JsonWriter } from './json-writer.js';
import { defineMembers, LazyObject, memberWriter } from './lazy-object.js';
import { type LazyRecordList, ShapeCache, scanList } from './lazy-record-list.js';
import { layoutOf } from './object-layout.js';
import { OffsetArena } from './offset-arena.js';
import { rawFingerprint } from './raw-fingerprint.js';

/** Writes a field of a record as JSON without decoding it. @returns `false` if the field has to be decoded instead */
export type RawFieldWriter = (record: AnyRecord, out: JsonWriter) => boolean;

/** How the records of one resource are scanned and read. */
interface LazyResource {
  readonly shapes: ShapeCache;
  readonly Record: typeof LazyObject;
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
  rawWriter({ fields }: ResourceDeclaration, name: string): RawFieldWriter | null {
    return memberWriter(fields, name);
  }

  #of(resource: ResourceDeclaration): LazyResource {
    return getOrCreate(this.#resources, resource, () => lazyResource(resource, this.#arena));
  }
}

function lazyResource(resource: ResourceDeclaration, arena: OffsetArena): LazyResource {
  const { fields } = resource;
  const fingerprint = rawFingerprint(resource);
  class Record extends LazyObject {
    [FINGERPRINT](): number | null {
      return fingerprint?.(this) ?? null;
    }
  }
  defineMembers(Record, fields);
  return { shapes: new ShapeCache(layoutOf(fields), arena), Record };
}

function recordsOf(
  list: LazyRecordList,
  Record: typeof LazyObject,
  resource: ResourceDeclaration,
  context: DecodeContext,
): readonly AnyRecord[] {
  const records: AnyRecord[] = [];
  for (let row = 0; row < list.length; row += 1) {
    records.push(
      list.isObject(row)
        ? (new Record(list, row, 0, context) as unknown as AnyRecord)
        : malformedRecord(resource, context),
    );
  }
  return records;
}
