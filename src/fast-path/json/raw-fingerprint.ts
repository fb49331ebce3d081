import { fingerprintBytes } from '../../pagination/cursor/fingerprint.js';
import type { Fields, ResourceDeclaration } from '../../resources/define.js';
import { isUtcInstant } from './instant-bytes.js';
import { LazyObject } from './lazy-object.js';
import { membersOf, placeOf } from './object-layout.js';
import { viewOf } from './view.js';

/** Computes the fingerprint of a record's identity without decoding it; `null` if that is not possible. */
type RawFingerprint = (record: LazyObject) => number | null;

/** Creates the function for records that have a SID, or are identified by an instant alone; `null` for any others. */
export function rawFingerprint({ fields, identity }: ResourceDeclaration): RawFingerprint | null {
  const { sid } = fields;
  if (sid === undefined) {
    const [path = ''] = identity;
    return identity.length === 1 ? ofInstant(fields, path.split('.')) : null;
  }
  const place = placeOf(fields, sid);
  return place && (({ list, row }) => list.peekAscii(row, place.index, fingerprintOfSid));
}

/** @param path - names of fields, from the object to the instant */
function ofInstant(fields: Fields, [name = '', ...inner]: readonly string[]): RawFingerprint | null {
  const field = fields[name];
  if (field === undefined) return null;
  if (inner.length > 0) {
    const members = membersOf(field.codec);
    const ofNested = members && ofInstant(members, inner);
    return (
      ofNested &&
      ((object) => {
        const nested = (object as unknown as Readonly<Record<string, unknown>>)[name];
        return nested instanceof LazyObject ? ofNested(nested) : null;
      })
    );
  }
  const place = field.codec.kind === 'instant' ? placeOf(fields, field) : null;
  return place && (({ list, row, first }) => list.peekAscii(row, first + place.index, fingerprintOfInstant));
}

/** An empty SID counts as absent. */
function fingerprintOfSid(json: DataView, from: number, to: number): number | null {
  return from === to ? null : fingerprintBytes(json, from, to);
}

/** Where milliseconds are added to an instant that has none. */
const exact = viewOf(Buffer.from('2026-11-24T07:08:33.000Z'));
const SECONDS_LENGTH = '2026-11-24T07:08:33'.length;

/** The fingerprint of the decoded instant, which has milliseconds. */
function fingerprintOfInstant(json: DataView, from: number, to: number): number | null {
  if (!isUtcInstant(json, from, to)) return null;
  if (to - from === exact.byteLength) return fingerprintBytes(json, from, to);
  for (let at = 0; at < SECONDS_LENGTH; at += 1) exact.setUint8(at, json.getUint8(from + at));
  return fingerprintBytes(exact, 0, exact.byteLength);
}
