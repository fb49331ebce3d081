/*
 * SIMs of the stand-in upstream. Any SID of this form names one, so that a run can ask for as many as it likes.
 */

const PREFIX = `DE${'be'.repeat(8)}`;

/**
 * SID of the SIM with this number.
 *
 * @param {number} number
 */
export function simSid(number) {
  return PREFIX + number.toString(16).padStart(16, '0');
}

/**
 * What tells this SIM's SID, and its sessions' SIDs, from those of the others.
 *
 * @param {string} sid
 */
export function serialOf(sid) {
  return sid.slice(PREFIX.length);
}
