/** Header value as undici passes it: an array if the header was repeated, whatever its name. */
export type HeaderValue = string | readonly string[] | undefined;

/** Returns all values of a header, in order. */
export function valuesOf(header: HeaderValue): readonly string[] {
  if (header === undefined) return [];
  return typeof header === 'string' ? [header] : header;
}
