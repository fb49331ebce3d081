/** A member of a list such as `Accept` or `Accept-Encoding`. */
export interface Weighted {
  /** In lower case, without parameters. */
  readonly value: string;
  /** Its parameters in lower case, other than the weight. */
  readonly parameters: readonly string[];
  /** `q`, from 0 (not acceptable) to 1. */
  readonly weight: number;
}

/** A weight as RFC 9110 (12.4.2) has it. */
const WEIGHT = /^q\s*=\s*([01](?:\.\d{0,3})?)$/;

/**
 * Parses a list with weights (RFC 9110, 12.4.2 and 12.5). It never fails: an invalid weight counts as 1, and empty members
 * are ignored.
 */
export function parseWeightedList(text: string): Weighted[] {
  const list: Weighted[] = [];
  for (const member of text.toLowerCase().split(',')) {
    const [value = '', ...rest] = member.split(';').map((part) => part.trim());
    if (value === '') continue;
    let weight = 1;
    const parameters: string[] = [];
    for (const part of rest) {
      if (part.startsWith('q')) weight = Math.min(Number(WEIGHT.exec(part)?.[1] ?? 1), 1);
      else parameters.push(part);
    }
    list.push({ value, parameters, weight });
  }
  return list;
}
