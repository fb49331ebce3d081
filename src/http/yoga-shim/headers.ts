/** Headers in the format of Node. */
export type HeaderRecord = Record<string, string | string[] | undefined>;

/**
 * `Headers` over a plain object. Nothing is copied, validated or sorted, because the headers come from Node or go to Node.
 * They can only be read.
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
