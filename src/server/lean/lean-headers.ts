/** Headers as Node hands them over: names in lower case. */
export type HeaderRecord = Record<string, string | string[] | undefined>;

/** `Headers` over a plain object: nothing is copied, validated or sorted that came from Node, or goes to it. */
export class LeanHeaders {
  readonly record: HeaderRecord;

  constructor(init: HeaderRecord | Iterable<readonly [string, string]> = {}) {
    this.record = Symbol.iterator in init ? Object.fromEntries(init as Iterable<[string, string]>) : init;
  }

  get(name: string): string | null {
    const value = this.record[name] ?? this.record[name.toLowerCase()];
    return value === undefined ? null : String(value);
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  set(name: string, value: string): void {
    this.delete(name);
    this.record[name.toLowerCase()] = value;
  }

  append(name: string, value: string): void {
    const present = this.get(name);
    this.set(name, present === null ? value : `${present}, ${value}`);
  }

  delete(name: string): void {
    for (const key of Object.keys(this.record)) {
      if (key.toLowerCase() === name.toLowerCase()) delete this.record[key];
    }
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this) visit(value, name);
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (const [name, value] of Object.entries(this.record)) {
      if (value !== undefined) yield [name.toLowerCase(), String(value)];
    }
  }
}
