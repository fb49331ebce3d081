import fc from 'fast-check';
import type { Codec, EnumCodec, ObjectsCodec } from '../../src/resources/codecs.js';
import { type Fields, type ResourceDeclaration, wireNames } from '../../src/resources/define.js';
import type { WireRecord } from '../../src/sandbox/index.js';

const absent = fc.constantFrom(null, '');
const malformed = fc.constantFrom<unknown>([1], { a: 1 }, true);
const instants = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .chain((date) => fc.constantFrom(date.toISOString(), `${date.toISOString().slice(0, 19)}+02:00`));

/** JSON has no negative zero. */
const decimals = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number || 0);

/** Values that the upstream can send for a member of one kind: valid, absent or malformed. */
function valuesOf(codec: Codec<unknown>): fc.Arbitrary<unknown> {
  switch (codec.kind) {
    case 'count':
      return fc.oneof({ weight: 4, arbitrary: fc.nat() }, fc.constant('17'), absent, malformed);
    case 'instant':
      return fc.oneof({ weight: 4, arbitrary: instants }, fc.constant('yesterday'), absent);
    case 'enum': {
      const values = Object.keys((codec as EnumCodec<string>).values);
      return fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...values) },
        fc.constant('from-the-future'),
        absent,
        malformed,
      );
    }
    case 'decimal':
      return fc.oneof({ weight: 4, arbitrary: decimals }, fc.constantFrom('0.35', '-1'), absent, malformed);
    case 'object': {
      const { members } = codec as { readonly members?: Fields };
      return members === undefined
        ? fc.constantFrom<unknown>(null, {}, 7, { lat: 1.5, lon: -2 }, { lat: 91, lon: 0 })
        : fc.oneof({ weight: 6, arbitrary: objectsOf(members) }, fc.constantFrom<unknown>(null, {}, 7));
    }
    case 'objects': {
      const { item } = codec as ObjectsCodec<unknown>;
      return fc.oneof(
        { weight: 4, arbitrary: fc.array(valuesOf(item), { maxLength: 3 }) },
        fc.constantFrom<unknown>(null, 7),
      );
    }
    default:
      return fc.oneof({ weight: 4, arbitrary: fc.string() }, fc.nat(), absent, malformed);
  }
}

/** Records of a resource as the upstream can send them, without SIDs. */
export function wireRecords({ fields }: ResourceDeclaration): fc.Arbitrary<WireRecord> {
  const { sid: _sid, ...others } = fields;
  return objectsOf(others);
}

function objectsOf(declared: Fields): fc.Arbitrary<WireRecord> {
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, field] of Object.entries(declared)) {
    const wire = wireNames(field);
    // One of the spellings, and sometimes the member is missing.
    members[name] = fc.tuple(fc.constantFrom(...wire), fc.option(valuesOf(field.codec), { nil: undefined }));
  }
  return fc.record(members).map((fields) => {
    const record: Record<string, unknown> = {};
    for (const [wire, value] of Object.values(fields) as [string, unknown][])
      put(record, wire.split('.'), value);
    return record;
  });
}

function put(
  record: Record<string, unknown>,
  [name = '', ...nested]: readonly string[],
  value: unknown,
): void {
  if (value === undefined) return;
  if (nested.length === 0) {
    record[name] = value;
    return;
  }
  const inner = (record[name] ?? {}) as Record<string, unknown>;
  put(inner, nested, value);
  record[name] = inner;
}
