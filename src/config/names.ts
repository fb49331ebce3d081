/** What a name of a caller or an account may consist of, for error messages. */
export const NAME_SYNTAX = 'up to 64 letters, digits, `_`, `.` and `-`';

/** Whether a text may name a caller or an account in logs and metrics. */
export function isName(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text);
}
