import { createHash } from 'node:crypto';
import { fingerprint } from '../pagination/cursor/fingerprint.js';
import type { FingerprintOf } from '../pagination/walk/loaded-page.js';
import { type AnyRecord, FINGERPRINT } from '../resources/any-record.js';
import type { ResourceDeclaration } from '../resources/define.js';
import { sidOf } from '../resources/record.js';
import { getOrCreate } from '../util/get-or-create.js';

/** Paths of the members that identify a record: `period.start` is a member of an object. */
type Paths = readonly (readonly string[])[];

/**
 * What cannot change about a record, as text: its SID if the upstream sends one, else the values of the resource's
 * identity fields. The upstream can leave the SID out, even in the vendor's own sample.
 */
function identityOf(record: AnyRecord, paths: Paths): string {
  const sid = sidOf(record);
  if (sid !== null) return sid;
  const [only] = paths;
  if (only !== undefined && paths.length === 1) return textAt(record, only);
  return paths.map((path) => textAt(record, path)).join('|');
}

/** A text of a record, or of an object in it. Empty if it is unknown. */
function textAt(record: AnyRecord, path: readonly string[]): string {
  let value: unknown = record;
  for (const name of path) value = (value as Readonly<Record<string, unknown>> | null)?.[name];
  return typeof value === 'string' ? value : '';
}

const identityPaths = new WeakMap<ResourceDeclaration, Paths>();

function identityPathsOf(resource: ResourceDeclaration): Paths {
  return getOrCreate(identityPaths, resource, () => resource.identity.map((path) => path.split('.')));
}

const fingerprints = new WeakMap<ResourceDeclaration, FingerprintOf<AnyRecord>>();

/** Fingerprints of a resource's records, as cursors carry them. */
export function fingerprintOf(resource: ResourceDeclaration): FingerprintOf<AnyRecord> {
  return getOrCreate(fingerprints, resource, () => {
    const paths = identityPathsOf(resource);
    return (record) => record[FINGERPRINT]?.() ?? fingerprint(identityOf(record, paths));
  });
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
  const digest = createHash('sha256')
    .update(identityOf(record, identityPathsOf(resource)))
    .digest('base64url')
    .slice(0, 22);
  const number = duplicateIndex();
  return `${scope}.${digest}${number === 0 ? '' : `.${number}`}`;
}
