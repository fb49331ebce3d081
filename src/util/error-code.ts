/** Codes of Node, OpenSSL and undici: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `UND_ERR_SOCKET`. */
const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;

/**
 * Returns the code of an error, which may be logged. Its message may not: it can contain an address, a path or a value.
 *
 * @returns `undefined` if there is no code, or one of another form
 */
export function errorCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && CODE.test(error.code) ? error.code : undefined;
}
