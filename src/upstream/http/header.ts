/** A header as undici gives it: a list where it was repeated, whatever its name. */
export type HeaderValue = string | readonly string[] | undefined;

/** All values of a header, in order. */
export function valuesOf(header: HeaderValue): readonly string[] {
  if (header === undefined) return [];
  return typeof header === 'string' ? [header] : header;
}
