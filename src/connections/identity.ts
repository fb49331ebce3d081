import { createHash } from 'node:crypto';
import { fingerprint } from '../pagination/cursor/fingerprint.js';
import type { FingerprintOf } from '../pagination/walk/loaded-page.js';
import { type AnyRecord, FINGERPRINT } from '../resources/any-record.js';
import type { ResourceDeclaration } from '../resources/define.js';
import { sidOf } from '../resources/record.js';

/**
 * What cannot change about a record, as text: its SID if the upstream sends one, else the values of the resource's
 * identity fields. The upstream can leave the SID out, even in the vendor's own sample.
 */
function identityOf(record: AnyRecord, { identity }: ResourceDeclaration): string {
  const sid = sidOf(record);
  if (sid !== null) return sid;
  return identity.map((path) => textAt(record, path)).join('|');
}

/** A text of a record, or of an object in it: `period.start`. Empty if it is unknown. */
function textAt(record: AnyRecord, path: string): string {
  const [name = path, inner] = path.split('.');
  const value = record[name];
  const text = inner === undefined ? value : (value as Readonly<Record<string, unknown>> | null)?.[inner];
  return typeof text === 'string' ? text : '';
}

/** Fingerprints of a resource's records, as cursors carry them. */
export function fingerprintOf(resource: ResourceDeclaration): FingerprintOf<AnyRecord> {
  return (record) => record[FINGERPRINT]?.() ?? fingerprint(identityOf(record, resource));
}

/**
 * Identifies a record in client caches: its SID, or a digest of its identity.
 *
 * @param scope - distinguishes records without a SID of different lists
 * @param duplicateIndex - number of preceding records with the same identity
 */
export function recordKey(
  record: AnyRecord,
  resource: ResourceDeclaration,
  scope: string,
  duplicateIndex: () => number,
): string {
  const sid = sidOf(record);
  if (sid !== null) return sid;
  const digest = createHash('sha256').update(identityOf(record, resource)).digest('base64url').slice(0, 22);
  const number = duplicateIndex();
  return `${scope}.${digest}${number === 0 ? '' : `.${number}`}`;
}
