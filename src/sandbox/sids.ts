import { createHash } from 'node:crypto';

/** Derives a SID from a name, so that it never changes: two letters and 32 hexadecimal digits. */
export function fixedSid(prefix: string, name: string): string {
  return prefix + fixedHex(name);
}

/** Derives 32 hexadecimal digits from a name. */
export function fixedHex(name: string): string {
  return createHash('md5').update(`sandbox ${name}`).digest('hex');
}

/** Returns the SID of the SIM at an index of the listing. It does not depend on the seed. */
export function simSidAt(index: number): string {
  return fixedSid('DE', `sim ${index}`);
}

/** A SIM with several hundred realistic sessions, for demonstrations. */
export const DEMO_SIM_SID = simSidAt(0);
/** A SIM whose sessions have all data quirks. */
export const ODD_SIM_SID = simSidAt(1);
/** A SIM whose sessions all follow the vendor's documentation, two full pages of 50. */
export const CLEAN_SIM_SID = simSidAt(2);
/** A SIM in a vehicle, whose sessions can be live. */
export const LIVE_SIM_SID = simSidAt(6);
