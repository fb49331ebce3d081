import type { SharedResponse } from '../upstream/shared/shared-state.js';

/** Bytes before the request ID: status (2), length of the request ID (1). */
const HEAD_BYTES = 3;

/** Encodes a response: status, request ID, body. */
export function writeResponse({ status, requestId, body }: Omit<SharedResponse, 'sentAt'>): Buffer {
  const id = Buffer.from(requestId ?? '', 'latin1');
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE(status);
  head.writeUInt8(id.length, 2);
  return Buffer.concat([head, id, body]);
}

/** Decodes a response. @returns `null` if it is none */
export function readResponse(bytes: Buffer): Omit<SharedResponse, 'sentAt'> | null {
  if (bytes.length < HEAD_BYTES) return null;
  const end = HEAD_BYTES + bytes.readUInt8(2);
  if (bytes.length < end) return null;
  const requestId = bytes.toString('latin1', HEAD_BYTES, end);
  return {
    status: bytes.readUInt16BE(),
    requestId: requestId === '' ? null : requestId,
    body: bytes.subarray(end),
  };
}
