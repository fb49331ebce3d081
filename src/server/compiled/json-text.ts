/** Characters that are not the same in JSON as they are in text, or that are seldom enough to be left to Node. */
const SPECIAL = /[^ !#-[\]-~]/;

/** A text in JSON. Most of what is answered needs no more than its quotes. */
export function quoted(text: string): string {
  return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Anything in JSON; `null` for what JSON does not have. */
export function jsonText(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Number.isSafeInteger(value)) return String(value);
  return JSON.stringify(value) ?? 'null';
}
