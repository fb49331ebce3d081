import { readInstant } from './instant.js';
import { type DecodeContext, type Member, malformed } from './member.js';
import type { EnumDeclaration, ObjectDeclaration, OutputField, ScalarName } from './output-types.js';

/*
 * One codec for each kind of member. A missing member, null and '' all decode to null, because the upstream uses them
 * for the same thing. A value of a wrong type costs that member alone.
 */

/** How members of one kind are decoded, and which GraphQL type their field has. */
export interface Codec<T> {
  readonly kind:
    | 'text'
    | 'texts'
    | 'id'
    | 'count'
    | 'decimal'
    | 'instant'
    | 'flag'
    | 'enum'
    | 'object'
    | 'objects';
  /** Decodes the member's JSON value. */
  decode(value: unknown, context: DecodeContext): Member<T>;
}

/** A codec for one of a fixed set of values. */
export interface EnumCodec<V extends string> extends Codec<V | typeof UNKNOWN_VALUE>, EnumDeclaration<V> {
  readonly kind: 'enum';
}

/** A codec for a nested object. */
export interface ObjectCodec<T> extends Codec<T>, ObjectDeclaration {
  readonly kind: 'object';
}

/** A codec for a list of nested objects. A missing list is empty. */
export interface ObjectsCodec<T> extends Codec<readonly T[]> {
  readonly kind: 'objects';
  readonly item: ObjectCodec<T>;
}

const SCALARS: Partial<Record<Codec<unknown>['kind'], ScalarName>> = {
  text: 'String',
  id: 'ID',
  count: 'Long',
  decimal: 'Float',
  instant: 'DateTime',
  flag: 'Boolean',
};

/** The GraphQL type of a member's field. */
export function outputTypeOf(codec: Codec<unknown>): Pick<OutputField, 'type' | 'list'> {
  if (codec.kind === 'texts') return { type: 'String', list: true };
  if (codec.kind === 'objects') return { type: (codec as ObjectsCodec<unknown>).item, list: true };
  // The codec of an enum or of an object is its declaration.
  return { type: SCALARS[codec.kind] ?? (codec as EnumCodec<string> | ObjectCodec<unknown>) };
}

/** Stands for an enum value that the upstream has introduced since the schema was written. */
export const UNKNOWN_VALUE = 'unknown';

/** Whether the upstream has no value: a missing member, null and '' mean the same. */
export function isAbsent(value: unknown): value is null | undefined | '' {
  return value === undefined || value === null || value === '';
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text. A number is accepted if its digits survive: the vendor's own sample has country codes as numbers. */
function decodeText(value: unknown, context: DecodeContext): Member<string> {
  if (typeof value === 'string') return value === '' ? null : value;
  if (isAbsent(value)) return null;
  // JSON.parse rounds integers beyond this, so their digits may already be wrong.
  if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
  return malformed('text', context);
}

export const text: Codec<string> = { kind: 'text', decode: decodeText };

/** An identifier: text on the wire, `ID` in the schema. */
export const id: Codec<string> = { kind: 'id', decode: decodeText };

/** A list of texts. */
export const texts: Codec<readonly string[]> = {
  kind: 'texts',
  decode(value, context) {
    if (isAbsent(value)) return null;
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    return isList ? (value as readonly string[]) : malformed('a list of texts', context);
  },
};

/** A boolean, also as text. */
export const flag: Codec<boolean> = {
  kind: 'flag',
  decode(value, context) {
    if (isAbsent(value)) return null;
    if (typeof value === 'boolean') return value;
    if (value === 'true') return true;
    return value === 'false' ? false : malformed('a boolean', context);
  },
};

/** An integer from 0 to 2^53 - 1, also as digits in text. */
export const count: Codec<number> = {
  kind: 'count',
  decode(value, context) {
    if (isAbsent(value)) return null;
    const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
    return malformed('an integer from 0 to 9007199254740991', context);
  },
};

/** A decimal number, also as text. */
export const decimal: Codec<number> = {
  kind: 'decimal',
  decode(value, context) {
    if (isAbsent(value)) return null;
    const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? number : malformed('a number', context);
  },
};

/** An instant as ISO 8601 text in any time zone; decoded to UTC with milliseconds. */
export const instant: Codec<string> = {
  kind: 'instant',
  decode(value, context) {
    if (isAbsent(value)) return null;
    const read = typeof value === 'string' ? readInstant(value) : null;
    return read ?? malformed('an ISO 8601 date and time', context);
  },
};

/**
 * One of a fixed set of values, in any case. A value that is not in the set decodes to `unknown`, because the upstream
 * may introduce values at any time.
 *
 * @param wire - wire name of the member, to report unknown values by
 * @param values - description of each value, by its wire name
 */
export function oneOf<V extends string>(
  name: string,
  wire: string,
  description: string,
  values: Readonly<Record<V, string>>,
): EnumCodec<V> {
  const byName = new Map(Object.keys(values).map((value) => [value.toLowerCase(), value as V]));
  return {
    kind: 'enum',
    name,
    description,
    values,
    decode(value, context) {
      if (isAbsent(value)) return null;
      if (typeof value !== 'string') return malformed(`one of ${Object.keys(values).join(', ')}`, context);
      const known = byName.get(value.toLowerCase());
      if (known !== undefined) return known;
      context.onUnknownEnumValue(wire);
      return UNKNOWN_VALUE;
    },
  };
}
