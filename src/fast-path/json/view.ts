/** Creates a view of a buffer's bytes, for access to 32-bit words. */
export function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
