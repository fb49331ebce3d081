/** Encoding of a page token. The tokens of the real API differ between products. */
export interface TokenShape {
  write(bytes: Buffer): string;
  /** @returns `null` for a string that does not have this encoding */
  read(text: string): Buffer | null;
}

/** `PA` and 32 hexadecimal digits, as long as a SID. */
const SID_LIKE = prefixed('PA', 'hex');
/** Base64 with the characters that need encoding in a query string: `+`, `/`, `=`. */
const BASE64 = prefixed('PB+/', 'base64');
/** Non-ASCII letters. */
const UNICODE = prefixed('é·Ж✓', 'base64url');
/** Spaces, separators of a query string, and an escape sequence that must not be decoded twice. */
const SEPARATORS = prefixed('PT 1&%=?#%2B ', 'base64');
/** A decimal number that is too large for a double. */
const DECIMAL: TokenShape = {
  write: (bytes) => BigInt(`0x01${bytes.toString('hex')}`).toString(),
  read: (text) => (/^\d{1,60}$/.test(text) ? Buffer.from(BigInt(text).toString(16).slice(1), 'hex') : null),
};

export const TOKEN_SHAPES: readonly [TokenShape, ...TokenShape[]] = [
  SID_LIKE,
  BASE64,
  UNICODE,
  SEPARATORS,
  DECIMAL,
];

function prefixed(prefix: string, encoding: 'hex' | 'base64' | 'base64url'): TokenShape {
  return {
    write: (bytes) => prefix + bytes.toString(encoding),
    read: (text) => (text.startsWith(prefix) ? Buffer.from(text.slice(prefix.length), encoding) : null),
  };
}
