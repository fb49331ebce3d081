import { CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, OPEN_LIST, OPEN_OBJECT, QUOTE } from './ascii.js';
import {
  markEnd,
  objectEnd,
  ScanError,
  type Scanned,
  scanned,
  spaceEnd,
  stringEnd,
  valueEnd,
} from './json-scanner.js';
import type { JsonWriter } from './json-writer.js';
import { EMPTY_LAYOUT, type ObjectLayout } from './object-layout.js';
import type { OffsetArena } from './offset-arena.js';
import {
  type MemberShape,
  nestedRow,
  type ObjectEnd,
  recordScanner,
  type ScanRecord,
} from './record-scanner.js';

/** Shapes of records that are cached at once: an upstream sends one, or a few where it leaves members out. */
const MAX_SHAPES = 8;

/** Characters of a shape, without its values. A longer one is not shared by many records. */
const MAX_SHAPE_CHARACTERS = 4096;

/**
 * The members that are looked for in objects, by their names on the wire. Caches scanners for the shapes in which objects
 * come, because consecutive records are mostly serialized alike.
 */
export class ShapeCache {
  /** Size of the layout. */
  readonly size: number;
  /** Where the offset tables of lists are written. */
  readonly arena: OffsetArena;
  readonly #places: ReadonlyMap<string, number>;
  /** Finds the members of nested objects, by the name of the object. */
  readonly #nested: ReadonlyMap<string, ObjectEnd>;
  /** Most recently used first. */
  #scanners: ScanRecord[] = [];
  /** Shape of the last object that fitted no scanner. */
  #candidate = '';

  constructor({ members, size }: ObjectLayout, arena: OffsetArena) {
    this.size = size;
    this.arena = arena;
    this.#places = new Map(members.map(({ name, index }) => [name, placeOf(index)]));
    this.#nested = new Map(
      members.flatMap(({ name, nested }) =>
        nested === null ? [] : [[name, objectReader(new ShapeCache(nested, arena))] as const],
      ),
    );
  }

  /** Column of a member in its row; `null` for a member that is not looked for. */
  columnOf(name: string): number | null {
    return this.#places.get(name) ?? null;
  }

  /** How the members of a nested object are found; `null`: they are not looked for. */
  nestedOf(name: string): ObjectEnd | null {
    return this.#nested.get(name) ?? null;
  }

  /** Marks all members of a row as missing, apart from those of nested objects: these count only if the object is there. */
  clear(numbers: Int32Array, row: number): void {
    for (const place of this.#places.values()) numbers[row + place] = 0;
  }

  /** Finds the members of a record if its shape is cached. @returns as a `ScanRecord`: 0 if it is not */
  scan(text: Scanned, from: number, rows: Int32Array, row: number): number {
    const scanners = this.#scanners;
    for (let index = 0; index < scanners.length; index += 1) {
      const scan = scanners[index] as ScanRecord;
      const end = scan(text, from, rows, row);
      if (end === 0) continue;
      if (index > 0) this.#scanners = [scan, ...scanners.filter((other) => other !== scan)];
      return end;
    }
    return 0;
  }

  /** Records a shape that fitted no scanner. The second record in a row that has it gets a scanner. */
  addShape(members: readonly MemberShape[], tail: string): void {
    const text = JSON.stringify([members.map(({ head }) => head), tail]);
    if (text === this.#candidate) {
      const places = [...this.#places.values()];
      const missing = places.filter((place) => members.every((member) => member.place !== place));
      // Objects in records have shapes, too. Objects in those are scanned without.
      const scan = recordScanner(
        { members, missing, tail },
        this.#places.size > 0
          ? () => objectReader(new ShapeCache(EMPTY_LAYOUT, this.arena))
          : () => objectEnd,
      );
      this.#scanners = [scan, ...this.#scanners].slice(0, MAX_SHAPES);
    }
    this.#candidate = text.length > MAX_SHAPE_CHARACTERS ? '' : text;
  }
}

/**
 * One row for each record: 1 if it is an object, else 0; then two numbers for each member, the offsets of its first byte and
 * after its last. A start of 0: the record has no such member. A negative start: serialized again, the member may differ.
 */
type Rows = Int32Array;

/** Copies a value from JSON into the response. @returns `false` if it has to be decoded instead */
export type WriteMember = (json: Scanned, from: number, to: number, out: JsonWriter) => boolean;

/** Records that are still JSON. A member is read when it is accessed. */
export class LazyRecordList {
  readonly #json: Scanned;
  readonly #rows: Rows;
  readonly #width: number;
  /** The JSON as Latin-1, one character for each byte. Created when the first member is read. */
  #text: string | undefined;

  constructor(json: Scanned, rows: Rows, { size }: ShapeCache) {
    this.#json = json;
    this.#rows = rows;
    this.#width = widthOf(size);
  }

  get length(): number {
    return this.#rows.length / this.#width;
  }

  /** Whether a record is an object. A list can have any JSON in it. */
  isObject(record: number): boolean {
    return this.#rows[record * this.#width] === 1;
  }

  /** A member as `JSON.parse` returns it; `undefined` if the record does not have it. */
  value(record: number, member: number): unknown {
    const place = this.#place(record, member);
    const from = this.#rows[place] ?? 0;
    if (from === 0) return undefined;
    const to = this.#rows[place + 1] ?? 0;
    if (from < 0) return JSON.parse(this.#json.bytes.toString('utf8', -from, to));
    this.#text ??= this.#json.bytes.toString('latin1');
    return this.#json.bytes[from] === QUOTE
      ? this.#text.slice(from + 1, to - 1)
      : JSON.parse(this.#text.slice(from, to));
  }

  /** Whether a member is an object that has members of its own. */
  isFilledObject(record: number, member: number): boolean {
    const place = this.#place(record, member);
    const from = Math.abs(this.#rows[place] ?? 0);
    return (
      from > 0 &&
      this.#json.bytes[from] === OPEN_OBJECT &&
      this.#json.bytes[spaceEnd(this.#json, from + 1)] !== CLOSE_OBJECT
    );
  }

  /** Reads an ASCII string in place, without its quotes. @returns `null` for any other value */
  peekAscii<T>(
    record: number,
    member: number,
    look: (json: DataView, from: number, to: number) => T,
  ): T | null {
    const place = this.#place(record, member);
    const from = this.#rows[place] ?? 0;
    if (from <= 0 || this.#json.bytes[from] !== QUOTE) return null;
    return look(this.#json.view, from + 1, (this.#rows[place + 1] ?? 0) - 1);
  }

  /**
   * Copies a member into the response, if its bytes are what `JSON.stringify` would write.
   *
   * @param write - called with the offsets of the member
   * @returns `false` if nothing was written
   */
  write(record: number, member: number, write: WriteMember, out: JsonWriter): boolean {
    const place = this.#place(record, member);
    const from = this.#rows[place] ?? 0;
    return from > 0 && write(this.#json, from, this.#rows[place + 1] ?? 0, out);
  }

  /** As `write`, also for a member whose bytes may differ from what `JSON.stringify` would write: `write` has to check them. */
  writeChecked(record: number, member: number, write: WriteMember, out: JsonWriter): boolean {
    const place = this.#place(record, member);
    const from = Math.abs(this.#rows[place] ?? 0);
    return from > 0 && write(this.#json, from, this.#rows[place + 1] ?? 0, out);
  }

  #place(record: number, member: number): number {
    return record * this.#width + placeOf(member);
  }
}

/** A response with a list of records. */
export interface ScannedList {
  /** `null`: the response has no such list. */
  readonly records: LazyRecordList | null;
  /** The member `meta`. */
  readonly meta: unknown;
}

/**
 * Scans a response with a list of records: finds the records and their members, and parses the paging information.
 *
 * @param key - member that has the records
 * @returns `null` if the body is not a JSON object
 */
export function scanList(body: Buffer, key: string, table: ShapeCache): ScannedList | null {
  try {
    return readList(scanned(body), key, table);
  } catch (error) {
    if (error instanceof ScanError) return null;
    throw error;
  }
}

function readList(text: Scanned, key: string, table: ShapeCache): ScannedList {
  const { bytes } = text;
  let records: LazyRecordList | null = null;
  let meta: unknown;
  let at = markEnd(text, spaceEnd(text, 0), OPEN_OBJECT);
  while (bytes[at] !== CLOSE_OBJECT) {
    const keyEnd = stringEnd(text, at);
    const name = nameAt(text, at, keyEnd);
    at = markEnd(text, spaceEnd(text, Math.abs(keyEnd)), COLON);
    // Of members with the same name, the last one counts, as in `JSON.parse`.
    if (name === key) records = null;
    if (name === key && bytes[at] === OPEN_LIST) {
      const found = findRecords(text, at, table);
      records = new LazyRecordList(text, found.rows, table);
      at = found.end;
    } else {
      const end = Math.abs(valueEnd(text, at));
      if (name === 'meta') meta = JSON.parse(bytes.toString('utf8', at, end));
      at = end;
    }
    at = spaceEnd(text, at);
    if (bytes[at] === CLOSE_OBJECT) break;
    at = markEnd(text, at, COMMA);
    if (bytes[at] === CLOSE_OBJECT) throw new ScanError();
  }
  if (spaceEnd(text, at + 1) !== bytes.length) throw new ScanError();
  return { records, meta };
}

/** Finds the records of a list. */
function findRecords(text: Scanned, from: number, table: ShapeCache): { rows: Rows; end: number } {
  const { bytes } = text;
  const { arena } = table;
  const width = widthOf(table.size);
  let row = arena.begin();
  let at = markEnd(text, from, OPEN_LIST);
  if (bytes[at] === CLOSE_LIST) return { rows: arena.commit(row), end: at + 1 };
  for (;;) {
    row = arena.reserve(row, width);
    at = bytes[at] === OPEN_OBJECT ? findMembers(text, at, row, table) : skipNonObject(text, at, row, table);
    row += width;
    at = spaceEnd(text, at);
    if (bytes[at] === CLOSE_LIST) {
      return { rows: arena.commit(row), end: at + 1 };
    }
    at = markEnd(text, at, COMMA);
  }
}

/** Finds the members of a record. @param row - index of its row in the arena */
function findMembers(text: Scanned, from: number, row: number, table: ShapeCache): number {
  const { numbers } = table.arena;
  numbers[row] = 1;
  return table.scan(text, from, numbers, row) || readMembers(text, from, row, table);
}

/** Finds the members of a record of any shape. */
function readMembers(text: Scanned, from: number, row: number, table: ShapeCache): number {
  const { bytes } = text;
  const members: MemberShape[] = [];
  const { numbers } = table.arena;
  table.clear(numbers, row);
  let at = markEnd(text, from, OPEN_OBJECT);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (let head = from; ; at = markEnd(text, at, COMMA)) {
    const keyEnd = stringEnd(text, at);
    const name = nameAt(text, at, keyEnd);
    const place = table.columnOf(name);
    const nested = table.nestedOf(name);
    const value = markEnd(text, spaceEnd(text, Math.abs(keyEnd)), COLON);
    const signedEnd =
      nested !== null && place !== null && bytes[value] === OPEN_OBJECT
        ? -nested(text, value, numbers, nestedRow(row, place))
        : valueEnd(text, value);
    const end = Math.abs(signedEnd);
    if (place !== null) {
      numbers[row + place] = signedEnd < 0 ? -value : value;
      numbers[row + place + 1] = end;
    }
    members.push({
      head: bytes.toString('latin1', head, value),
      place,
      length: signedEnd > 0 && bytes[value] === QUOTE ? end - value - 2 : 0,
      nested,
    });
    head = end;
    at = spaceEnd(text, end);
    if (bytes[at] !== CLOSE_OBJECT) continue;
    table.addShape(members, bytes.toString('latin1', end, at + 1));
    return at + 1;
  }
}

/** Creates a function that finds the end of objects, and those of their members that a table wants. */
function objectReader(table: ShapeCache): ObjectEnd {
  return (text, from, rows, row) => table.scan(text, from, rows, row) || readMembers(text, from, row, table);
}

/** Of an element that is not an object, only that is recorded. */
function skipNonObject(text: Scanned, from: number, row: number, { size, arena }: ShapeCache): number {
  arena.numbers.fill(0, row, row + widthOf(size));
  return Math.abs(valueEnd(text, from));
}

function nameAt({ bytes }: Scanned, from: number, end: number): string {
  return end > 0
    ? bytes.toString('latin1', from + 1, end - 1)
    : JSON.parse(bytes.toString('utf8', from, -end));
}

/** Column of the member with an index: the first column says whether the record is an object. */
function placeOf(member: number): number {
  return 1 + member * 2;
}

function widthOf(members: number): number {
  return 1 + members * 2;
}
