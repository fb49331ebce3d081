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
import { type MemberShape, type ObjectEnd, recordScanner, type ScanRecord } from './record-scanner.js';

/** Forms of records that are known at once: an upstream has one, or a few where it leaves members out. */
const MAX_SHAPES = 8;

/** Characters of a form, its values aside; what is longer is none that many records have. */
const MAX_SHAPE_CHARACTERS = 4096;

/**
 * The members that are wanted of the records of a list, by their wire names; each is known by its index. Learns in
 * which forms records come, since those that follow one another are written alike.
 */
export class ShapeCache {
  readonly size: number;
  readonly #indices: ReadonlyMap<string, number>;
  /** The last one that fitted first. */
  #scanners: ScanRecord[] = [];
  /** The form that the last record had that fitted none. */
  #candidate = '';

  /** @param names - wire names; none: where the record ends is all that is wanted */
  constructor(names: readonly string[]) {
    this.size = names.length;
    this.#indices = new Map(names.map((name, index) => [name, index]));
  }

  /** Where in its row a member is written down; `null` for one that is not wanted. */
  columnOf(name: string): number | null {
    const index = this.#indices.get(name);
    return index === undefined ? null : placeOf(index);
  }

  /** Finds the members of a record, if it has a form that is known; else 0. As a `ScanRecord`. */
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

  /** Takes note of the form of a record that is none of those. The second record in a row that has it is met again. */
  addShape(members: readonly MemberShape[], tail: string): void {
    const text = JSON.stringify([members.map(({ head }) => head), tail]);
    if (text === this.#candidate) {
      const places = [...this.#indices.values()].map(placeOf);
      const missing = places.filter((place) => members.every((member) => member.place !== place));
      // Objects in records are alike too; those in objects are not gone into any further.
      const scan = recordScanner(
        { members, missing, tail },
        this.size > 0 ? createShapeSkipper : () => objectEnd,
      );
      this.#scanners = [scan, ...this.#scanners].slice(0, MAX_SHAPES);
    }
    this.#candidate = text.length > MAX_SHAPE_CHARACTERS ? '' : text;
  }
}

/**
 * Of each record one row: whether it is an object, and of each of its members where it begins and where it ends. 0: it
 * has none; begins below zero: it is not written in JSON again as it is here.
 */
type Rows = Int32Array;

/** Writes a value that stands somewhere in JSON. @returns whether it has */
export type WriteMember = (json: Scanned, from: number, to: number, out: JsonWriter) => boolean;

/** Records that are JSON still. A member is read when it is asked for, and only then. */
export class LazyRecordList {
  readonly #json: Scanned;
  readonly #rows: Rows;
  readonly #width: number;
  /** All of the JSON, a character for each byte; made when the first member is read. */
  #text: string | undefined;

  constructor(json: Scanned, rows: Rows, { size }: ShapeCache) {
    this.#json = json;
    this.#rows = rows;
    this.#width = widthOf(size);
  }

  get length(): number {
    return this.#rows.length / this.#width;
  }

  /** Whether a record is an object: a list may have anything in it. */
  isObject(record: number): boolean {
    return this.#rows[record * this.#width] === 1;
  }

  /** A member as `JSON.parse` reads it; `undefined` where the record has none of that name. */
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

  /** Looks at a text of ASCII where it stands, quotes aside. @returns `null` for anything else */
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
   * Writes a member in JSON, if it stands there as `JSON.stringify` would write it.
   *
   * @param write - is told where it stands
   * @returns whether it has been written
   */
  write(record: number, member: number, write: WriteMember, out: JsonWriter): boolean {
    const place = this.#place(record, member);
    const from = this.#rows[place] ?? 0;
    return from > 0 && write(this.#json, from, this.#rows[place + 1] ?? 0, out);
  }

  #place(record: number, member: number): number {
    return record * this.#width + placeOf(member);
  }
}

/** An answer with a list of records. */
export interface ScannedList {
  /** `null`: it has no list by that name. */
  readonly records: LazyRecordList | null;
  /** The member `meta`. */
  readonly meta: unknown;
}

/**
 * Reads an answer with a list of records; the records themselves are only found.
 *
 * @param key - member that has the records
 * @returns `null` when it is no JSON object
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
    // Of members with the same name the last one counts.
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

/** Numbers that are taken from the system at once: rows of some ten pages. Each page's own would be dear to make. */
const ARENA_INTS = 16 * 1024;

/** Where rows are written. The rows of a list are a piece of it, and keep all of it alive. */
let sheet = new Int32Array(ARENA_INTS);
/** How much of it belongs to somebody. */
let taken = 0;

/** Finds the records of a list. */
function findRecords(text: Scanned, from: number, table: ShapeCache): { rows: Rows; end: number } {
  const { bytes } = text;
  const width = widthOf(table.size);
  let start = taken;
  let row = start;
  let at = markEnd(text, from, OPEN_LIST);
  if (bytes[at] === CLOSE_LIST) return { rows: sheet.subarray(0, 0), end: at + 1 };
  for (;;) {
    if (row + width > sheet.length) {
      sheet = grow(sheet.subarray(start, row), Math.max(ARENA_INTS, (row - start) * 2));
      row -= start;
      start = 0;
    }
    at = bytes[at] === OPEN_OBJECT ? findMembers(text, at, row, table) : skipNonObject(text, at, row, table);
    row += width;
    at = spaceEnd(text, at);
    if (bytes[at] === CLOSE_LIST) {
      taken = row;
      return { rows: sheet.subarray(start, row), end: at + 1 };
    }
    at = markEnd(text, at, COMMA);
  }
}

/**
 * Finds the members of a record.
 *
 * @param row - where to write them down
 */
function findMembers(text: Scanned, from: number, row: number, table: ShapeCache): number {
  sheet[row] = 1;
  return table.scan(text, from, sheet, row) || readMembers(text, from, row, table);
}

/** The same for a record of any form. */
function readMembers(text: Scanned, from: number, row: number, table: ShapeCache): number {
  const { bytes } = text;
  const members: MemberShape[] = [];
  sheet.fill(0, row + 1, row + widthOf(table.size));
  let at = markEnd(text, from, OPEN_OBJECT);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (let head = from; ; at = markEnd(text, at, COMMA)) {
    const keyEnd = stringEnd(text, at);
    const place = table.columnOf(nameAt(text, at, keyEnd));
    const value = markEnd(text, spaceEnd(text, Math.abs(keyEnd)), COLON);
    const signedEnd = valueEnd(text, value);
    const end = Math.abs(signedEnd);
    if (place !== null) {
      sheet[row + place] = signedEnd < 0 ? -value : value;
      sheet[row + place + 1] = end;
    }
    members.push({
      head: bytes.toString('latin1', head, value),
      place,
      length: signedEnd > 0 && bytes[value] === QUOTE ? end - value - 2 : 0,
    });
    head = end;
    at = spaceEnd(text, end);
    if (bytes[at] !== CLOSE_OBJECT) continue;
    table.addShape(members, bytes.toString('latin1', end, at + 1));
    return at + 1;
  }
}

/** Makes what finds the place behind objects that are written alike. */
function createShapeSkipper(): ObjectEnd {
  const table = new ShapeCache([]);
  return (text, from) => table.scan(text, from, sheet, 0) || readMembers(text, from, 0, table);
}

/** Of a record that is no object nothing is written down but that. */
function skipNonObject(text: Scanned, from: number, row: number, { size }: ShapeCache): number {
  sheet.fill(0, row, row + widthOf(size));
  return Math.abs(valueEnd(text, from));
}

function nameAt({ bytes }: Scanned, from: number, end: number): string {
  return end > 0
    ? bytes.toString('latin1', from + 1, end - 1)
    : JSON.parse(bytes.toString('utf8', from, -end));
}

/** Where in a row the member with an index is written down: behind whether the record is an object. */
function placeOf(member: number): number {
  return 1 + member * 2;
}

function widthOf(members: number): number {
  return 1 + members * 2;
}

function grow(rows: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(rows);
  return larger;
}
