/** How the bytes of a token become text. The real API's tokens differ from one product to the next. */
export interface TokenShape {
  write(bytes: Buffer): string;
  /** @returns `null` for text that cannot be of this shape. */
  read(text: string): Buffer | null;
}

/** `PA` and 32 hexadecimal digits, as long as a SID. */
const SID_LIKE = prefixed('PA', 'hex');
/** Base64 with all that a query string treats in its own way: `+`, `/`, `=`. */
const BASE64 = prefixed('PB+/', 'base64');
/** Letters beyond ASCII. */
const UNICODE = prefixed('é·Ж✓', 'base64url');
/** Spaces, separators of a query string, and text that must not be decoded twice. */
const SEPARATORS = prefixed('PT 1&%=?#%2B ', 'base64');
/** A decimal number, larger than a double holds exactly. */
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
