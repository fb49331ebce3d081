import { fingerprint } from '../pagination/cursor/fingerprint.js';
import type { DataSession, Member } from '../resources/records.js';
import { sidFingerprint } from '../upstream/decode/data-session.js';

/**
 * What cannot change about a session, as text. The SID where the upstream gives one; it may not, even in the
 * vendor's own sample. Then what was settled when the session began: its end and counters go on changing, and
 * a device moves from cell to cell. The device itself (`imei`) is left out: a SIM is in one device at a time, and
 * who may not see an IMEI must not be able to test guesses at it against an id.
 */
export function sessionIdentity(session: DataSession): string {
  const { sid } = session;
  if (typeof sid === 'string') return sid;
  const { simSid, start, operatorMcc, operatorMnc } = session;
  return [simSid, start, operatorMcc, operatorMnc].map(text).join('|');
}

/** The identity as the number that cursors carry. */
export function sessionFingerprint(session: DataSession): number {
  return sidFingerprint(session) ?? fingerprint(sessionIdentity(session));
}

function text(member: Member<string>): string {
  return typeof member === 'string' ? member : '';
}
