import type { Lookup } from './define.js';

/**
 * By the name that the account gave a record: it stands in the path in place of the SID, in any alphabet. `.` and `..` would
 * lead out of the path however they are encoded, and the upstream could not tell such a record from another path.
 */
export const byUniqueName: Omit<Lookup, 'description'> = {
  by: 'path',
  field: 'uniqueName',
  pattern: /^(?!\.{1,2}$)\P{Surrogate}{1,256}$/u,
  format: '1 to 256 Unicode characters, other than `.` and `..`',
};
