import { CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, OPEN_LIST, OPEN_OBJECT, QUOTE } from './ascii.js';
import {
  isAt,
  isSpace,
  markEnd,
  plainEnd,
  ScanError,
  type Scanned,
  scanned,
  spaceEnd,
  stringEnd,
  valueEnd,
} from './json-scanner.js';
import type { JsonWriter } from './json-writer.js';
import { type Phrase, phrase } from './phrase.js';

/** How a record may go on: with which member, and how that is written up to its value. */
interface Way {
  readonly member: number;
  readonly phrase: Phrase;
}

/** No member that is wanted. */
const NONE = -1;

/** Where a record begins. */
const BEGINNING = -2;

/**
 * The members that are wanted of the records of a list, by their wire names; each is known by its index. Learns in
 * which order they come, since records that follow one another are written alike.
 */
export class MemberTable {
  readonly size: number;
  readonly #indices: ReadonlyMap<string, number>;
  readonly #firsts: readonly Way[];
  readonly #others: readonly Way[];
  /** By what is in front: the beginning, none that is wanted, or a member. All are there from the start. */
  readonly #ways: Way[];

  constructor(names: readonly string[]) {
    this.size = names.length;
    this.#indices = new Map(names.map((name, index) => [name, index]));
    this.#firsts = names.map((name, member) => ({ member, phrase: phrase(`{"${name}":`) }));
    this.#others = names.map((name, member) => ({ member, phrase: phrase(`,"${name}":`) }));
    this.#ways = [...this.#firsts.slice(0, 1), ...this.#others, ...this.#others.slice(0, 1)];
  }

  /** How a record has last gone on from somewhere. */
  wayFrom(from: number): Way | undefined {
    return this.#ways[from - BEGINNING];
  }

  /** Takes note that a record goes on in another way. */
  learn(from: number, to: number): void {
    const way = (from === BEGINNING ? this.#firsts : this.#others)[to];
    if (way !== undefined) this.#ways[from - BEGINNING] = way;
  }

  /** @returns `NONE` for one that is not wanted */
  indexOf(name: string): number {
    return this.#indices.get(name) ?? NONE;
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
export class RawList {
  readonly #json: Scanned;
  readonly #rows: Rows;
  readonly #width: number;
  /** All of the JSON, a character for each byte; made when the first member is read. */
  #text: string | undefined;

  constructor(json: Scanned, rows: Rows, { size }: MemberTable) {
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
  lookAt<T>(record: number, member: number, look: (json: DataView, from: number, to: number) => T): T | null {
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
    return record * this.#width + 1 + member * 2;
  }
}

/** An answer with a list of records. */
export interface ScannedList {
  /** `null`: it has no list by that name. */
  readonly records: RawList | null;
  /** The member `meta`. */
  readonly meta: unknown;
}

/**
 * Reads an answer with a list of records; the records themselves are only found.
 *
 * @param key - member that has the records
 * @returns `null` when it is no JSON object
 */
export function scanList(body: Buffer, key: string, table: MemberTable): ScannedList | null {
  try {
    return readList(scanned(body), key, table);
  } catch (error) {
    if (error instanceof ScanError) return null;
    throw error;
  }
}

function readList(text: Scanned, key: string, table: MemberTable): ScannedList {
  const { bytes } = text;
  let records: RawList | null = null;
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
      records = new RawList(text, found.rows, table);
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
const SHEET = 16 * 1024;

/** Where rows are written. The rows of a list are a piece of it, and keep all of it alive. */
let sheet = new Int32Array(SHEET);
/** How much of it belongs to somebody. */
let taken = 0;

/** Finds the records of a list. */
function findRecords(text: Scanned, from: number, table: MemberTable): { rows: Rows; end: number } {
  const { bytes } = text;
  const width = widthOf(table.size);
  let start = taken;
  let row = start;
  let at = markEnd(text, from, OPEN_LIST);
  if (bytes[at] === CLOSE_LIST) return { rows: sheet.subarray(0, 0), end: at + 1 };
  for (;;) {
    if (row + width > sheet.length) {
      sheet = copied(sheet.subarray(start, row), Math.max(SHEET, (row - start) * 2));
      row -= start;
      start = 0;
    }
    sheet.fill(0, row, row + width);
    at = bytes[at] === OPEN_OBJECT ? findMembers(text, at, row, table) : Math.abs(valueEnd(text, at));
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
 * Finds the members of a record. As long as they come in the usual order, no name has to be read.
 *
 * @param row - where to write them down
 */
function findMembers(text: Scanned, from: number, row: number, table: MemberTable): number {
  const { bytes, view, lastWord } = text;
  const places = sheet;
  places[row] = 1;
  let at = from;
  let last = BEGINNING;
  for (;;) {
    const way = table.wayFrom(last);
    let member: number;
    if (way !== undefined && isAt(view, lastWord, at, way.phrase)) {
      member = way.member;
      at += way.phrase.length;
    } else {
      const isFirst = at === from;
      at = spaceEnd(text, at);
      if (!isFirst && bytes[at] === CLOSE_OBJECT) return at + 1;
      at = markEnd(text, at, isFirst ? OPEN_OBJECT : COMMA);
      if (isFirst && bytes[at] === CLOSE_OBJECT) return at + 1;
      const keyEnd = stringEnd(text, at);
      member = table.indexOf(nameAt(text, at, keyEnd));
      if (member !== NONE) table.learn(last, member);
      at = markEnd(text, spaceEnd(text, Math.abs(keyEnd)), COLON);
    }
    if (isSpace(bytes[at])) at = spaceEnd(text, at);
    // What nearly all members are is not worth a call.
    const quote = bytes[at] === QUOTE ? plainEnd(bytes, view, lastWord, at + 1) : at;
    const signedEnd = quote > at && bytes[quote] === QUOTE ? quote + 1 : valueEnd(text, at);
    const end = Math.abs(signedEnd);
    if (member !== NONE) {
      const place = row + 1 + member * 2;
      places[place] = signedEnd < 0 ? -at : at;
      places[place + 1] = end;
      last = member;
    } else if (last === BEGINNING) {
      last = NONE;
    }
    at = end;
  }
}

function nameAt({ bytes }: Scanned, from: number, end: number): string {
  return end > 0
    ? bytes.toString('latin1', from + 1, end - 1)
    : JSON.parse(bytes.toString('utf8', from, -end));
}

function widthOf(members: number): number {
  return 1 + members * 2;
}

function copied(rows: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(rows);
  return larger;
}
