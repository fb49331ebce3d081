import { HEAD_SIZE, type KnownRecord, MAX_OTHERS, type WatchState } from './watch-state.js';

/** Bytes of a key; `keyOf` truncates fingerprints to it. */
const KEY_BYTES = 5;
/** Bytes of a digest and the bit that says whether the record is over. */
const DIGEST_BYTES = 3;
const RECORD_BYTES = KEY_BYTES + DIGEST_BYTES;

/** Bytes of the latest start, which is in seconds. */
const START_BYTES = 5;
const HEADER_BYTES = 1 + START_BYTES + 1;

const SNAPSHOT_FLAG = 1;
const WHOLE_FLAG = 2;

/** Truncates a fingerprint to the bits that a state keeps: 40. Two of 50 records have the same key once in 10^9 lists. */
export function keyOf(fingerprint: number): number {
  return fingerprint % 2 ** (8 * KEY_BYTES);
}

/** Truncates a digest to the bits that a state keeps: 23. */
export function digestOf(fingerprint: number): number {
  return fingerprint % 2 ** (8 * DIGEST_BYTES - 1);
}

/** Writes a state as text in base64url: eight bytes for each record that is known. */
export function writeState({ isSnapshot, isWhole, latestStart, head, others }: WatchState): string {
  const records = [...head, ...others];
  const bytes = Buffer.alloc(HEADER_BYTES + records.length * RECORD_BYTES);
  bytes.writeUInt8((isSnapshot ? SNAPSHOT_FLAG : 0) | (isWhole ? WHOLE_FLAG : 0), 0);
  bytes.writeUIntBE(latestStart, 1, START_BYTES);
  bytes.writeUInt8(head.length, 1 + START_BYTES);
  let at = HEADER_BYTES;
  for (const { key, digest, isOver } of records) {
    bytes.writeUIntBE(key, at, KEY_BYTES);
    bytes.writeUIntBE(digest * 2 + (isOver ? 1 : 0), at + KEY_BYTES, DIGEST_BYTES);
    at += RECORD_BYTES;
  }
  return bytes.toString('base64url');
}

/** Reads what `writeState` has written. @returns `null` for any other text */
export function readState(text: string): WatchState | null {
  const bytes = Buffer.from(text, 'base64url');
  const count = (bytes.length - HEADER_BYTES) / RECORD_BYTES;
  if (!Number.isInteger(count) || count < 0) return null;
  const flags = bytes.readUInt8(0);
  const headLength = bytes.readUInt8(1 + START_BYTES);
  if (headLength > Math.min(count, HEAD_SIZE) || count - headLength > MAX_OTHERS) return null;
  const records = Array.from({ length: count }, (_, index): KnownRecord => {
    const at = HEADER_BYTES + index * RECORD_BYTES;
    const digest = bytes.readUIntBE(at + KEY_BYTES, DIGEST_BYTES);
    return { key: bytes.readUIntBE(at, KEY_BYTES), digest: digest >> 1, isOver: (digest & 1) === 1 };
  });
  return {
    isSnapshot: (flags & SNAPSHOT_FLAG) !== 0,
    isWhole: (flags & WHOLE_FLAG) !== 0,
    latestStart: bytes.readUIntBE(1, START_BYTES),
    head: records.slice(0, headLength),
    others: records.slice(headLength),
  };
}
