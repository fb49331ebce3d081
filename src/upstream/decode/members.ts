import type { CellLocationEstimate, Instant, Member } from '../../resources/records.js';
import { readInstant } from './instant.js';
import { isJsonObject } from './json.js';
import { type DecodeContext, malformed } from './source.js';

/*
 * One decoder for each kind of member. A missing member, null and '' are all null: the upstream uses them
 * for the same thing. What is of a wrong type costs that member alone.
 */

function isAbsent(value: unknown): value is null | undefined | '' {
  return value === undefined || value === null || value === '';
}

/** Text. A number is taken for it where nothing is lost: the vendor's own sample has country codes as numbers. */
export function text(value: unknown, source: DecodeContext): Member<string> {
  if (typeof value === 'string') return value === '' ? null : value;
  if (isAbsent(value)) return null;
  if (typeof value === 'number' && isExact(value)) return String(value);
  return malformed('text', source);
}

/** A number that JSON's way to a double has left as it was, as far as can be told: long integers are rounded. */
function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

/** A count: an integer of 0 or more, also as digits in text. */
export function count(value: unknown, source: DecodeContext): Member<number> {
  if (isAbsent(value)) return null;
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  return malformed('an integer from 0 to 9007199254740991', source);
}

/** An instant, in whichever zone. */
export function instant(value: unknown, source: DecodeContext): Member<Instant> {
  if (isAbsent(value)) return null;
  const read = typeof value === 'string' ? readInstant(value) : null;
  return read ?? malformed('an ISO 8601 date and time', source);
}

/** An estimate of where a cell is; `{}` says that there is none. */
export function cellLocation(value: unknown, source: DecodeContext): Member<CellLocationEstimate> {
  if (isAbsent(value)) return null;
  if (isJsonObject(value)) {
    if (isAbsent(value.lat) && isAbsent(value.lon)) return null;
    const lat = degrees(value.lat, 90);
    const lon = degrees(value.lon, 180);
    if (lat !== null && lon !== null) return { lat, lon };
  }
  return malformed('an object with lat and lon in degrees', source);
}

function degrees(value: unknown, most: number): number | null {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= most ? number : null;
}

/** Decodes a member with a fixed set of values. */
export type EnumDecoder<V extends string> = (value: unknown, source: DecodeContext) => Member<V | 'unknown'>;

/**
 * A member with a fixed set of values, in whichever case. A value that is not among them is `unknown`: the
 * upstream may learn new ones at any time.
 *
 * @param field - wire name, to report such a value by
 */
export function oneOf<V extends string>(field: string, values: readonly V[]): EnumDecoder<V> {
  const byName = new Map(values.map((value) => [value.toLowerCase(), value]));
  return (value, source) => {
    if (isAbsent(value)) return null;
    if (typeof value !== 'string') return malformed(`one of ${values.join(', ')}`, source);
    const known = byName.get(value.toLowerCase());
    if (known !== undefined) return known;
    source.onDrift(field);
    return 'unknown';
  };
}
