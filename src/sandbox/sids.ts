import { createHash } from 'node:crypto';

/** Two letters and 32 hexadecimal digits that follow from a name, so that they never change. */
export function fixedSid(prefix: string, name: string): string {
  return prefix + fixedHex(name);
}

/** 32 hexadecimal digits that follow from a name. */
export function fixedHex(name: string): string {
  return createHash('md5').update(`sandbox ${name}`).digest('hex');
}

/** SID of the SIM at a place in the listing. It does not depend on the seed. */
export function simSidAt(index: number): string {
  return fixedSid('DE', `sim ${index}`);
}

/** A SIM with several hundred sessions that look like real ones: the one to show. */
export const DEMO_SIM_SID = simSidAt(0);
/** A SIM whose sessions have every oddity that the API is known for. */
export const ODD_SIM_SID = simSidAt(1);
/** A SIM whose sessions all agree with the vendor's own document, two full pages of 50. */
export const CLEAN_SIM_SID = simSidAt(2);
