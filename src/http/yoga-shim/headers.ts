/** Headers as Node hands them over, and takes them. */
export type HeaderRecord = Record<string, string | string[] | undefined>;

/**
 * `Headers` over a plain object: nothing is copied, validated or sorted that came from Node, or goes to it. Reading
 * is all that anybody does with them on the short way.
 */
export class ShimHeaders {
  readonly record: HeaderRecord;

  constructor(record: HeaderRecord) {
    this.record = record;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  get(name: string): string | null {
    const value = this.record[name] ?? this.record[name.toLowerCase()];
    return value === undefined ? null : String(value);
  }
}
