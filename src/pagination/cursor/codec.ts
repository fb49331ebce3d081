import type { PageRef } from '../page.js';
import type { Hop, Position } from '../position.js';
import { type CursorOut, readRecordPart, writeRecordPart } from './record-suffix.js';
import type { Sealed, Sealer } from './signer.js';
import { AT_HEAD } from '../walk/cycle-detector.js';
import { type Entry, nextBehind, positionOf } from '../walk/loaded-page.js';

/**
 * Cursors as text: `w4.<page>.<record>`, both parts opaque to clients.
 *
 * `<page>` holds page tokens and counts, never a URL, and is sealed with an HMAC over them and the list that
 * they belong to. Sealing is dear, so it is done once a page, and `<record>`, which differs from edge to edge,
 * carries a cheap checksum keyed by the rest of the page's digest. What a forger of that checksum could win is
 * another place in a page that he may read anyway; damage is what it is there to notice.
 */
const VERSION = 'w4';

/** A text that is no cursor of the list it was given for. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
}

/** A cursor that is put together as text. */
class CursorText implements CursorOut {
  text = '';

  ascii(text: string): void {
    this.text += text;
  }

  byte(byte: number): void {
    this.text += String.fromCharCode(byte);
  }

  sixteen(length: number, ...words: readonly number[]): void {
    for (let at = 0; at < length; at += 1) this.byte(((words[at >> 2] ?? 0) >>> ((at & 3) * 8)) & 0xff);
  }

  integer(value: number): void {
    this.text += value;
  }
}

/** Makes and reads the cursors of one list. */
export class CursorCodec {
  readonly #sealer: Sealer;
  readonly #list: string;
  /** The page whose edges are being written. */
  #page: object | null = null;
  /** What the present part says of the way on: that of the last record alone says anything. */
  #next: Hop | null = null;
  #beginning = '';
  #seed = 0;

  /**
   * @param sealer - has a secret that all instances share that are to understand each other's cursors
   * @param list - names the list that the cursors belong to; not part of them
   */
  constructor(sealer: Sealer, list: string) {
    this.#sealer = sealer;
    this.#list = list;
  }

  /** The cursor of an edge. */
  ofEntry<R>(entry: Entry<R>): string {
    const out = new CursorText();
    this.writeEntry(entry, out);
    return out.text;
  }

  /** Writes the cursor of an edge. */
  writeEntry<R>(entry: Entry<R>, out: CursorOut): void {
    const { page, index } = entry;
    this.#turnTo(entry);
    out.ascii(this.#beginning);
    writeRecordPart(index, page.prints[index] ?? 0, page.rankOf(index), this.#seed, out);
  }

  /** Only the last record of a page knows of the next one; all others share one sealed part. */
  #turnTo<R>(entry: Entry<R>): void {
    const { page, index } = entry;
    const next = nextBehind(page, index);
    if (this.#page === page && this.#next === next) return;
    const sealed = this.#seal(positionOf(entry));
    this.#beginning = beginning(sealed);
    this.#seed = sealed.seed;
    this.#page = page;
    this.#next = next;
  }

  /** The cursor of a place that need not be behind a record. */
  ofPosition(position: Position): string {
    const sealed = this.#seal(position);
    const out = new CursorText();
    out.ascii(beginning(sealed));
    if (position.behind !== null) {
      const { index, print, rank } = position.behind.record;
      writeRecordPart(index, print, rank, sealed.seed, out);
    }
    return out.text;
  }

  /**
   * Reads a cursor that came from outside.
   *
   * A text is accepted only if writing what was read gives the same text again: so there is one spelling of
   * every cursor, and no check of a single part can be forgotten.
   *
   * @throws {CursorError} when it is damaged, forged, of another list, or of another version
   */
  read(text: string): Position {
    if (/^w\d+\./.test(text) && !text.startsWith(`${VERSION}.`)) {
      throw new CursorError('it was made by another version of this gateway');
    }
    const position = this.#parse(text);
    if (position === null || this.ofPosition(position) !== text) {
      throw new CursorError('it is damaged, or belongs to another list');
    }
    return position;
  }

  #parse(text: string): Position | null {
    const [, pagePart, recordPart] = text.split('.', 3);
    if (pagePart === undefined || recordPart === undefined) return null;
    // Nothing is parsed, let alone used, that was not written here.
    const json = this.#sealer.open(this.#list, pagePart);
    return json === null ? null : readFields(JSON.parse(json), recordPart);
  }

  #seal(position: Position): Sealed {
    return this.#sealer.seal(this.#list, pageText(position));
  }
}

/** A cursor up to its record part. */
function beginning({ text }: Sealed): string {
  return `${VERSION}.${text}.`;
}

// Fields at the end were added later. Cursors from before are read as they are; an instance from before takes a cursor
// that has them for damaged, since what it would write is another text.
type RefFields = [size: number, page: string | null, token: string | null, others?: string];
type LaterFields = [
  size: number,
  page: string | null,
  token: string | null,
  offset: number,
  origin: number,
  steps: number,
  mark: number,
  alike?: number,
  others?: string,
];
/** Of the head of a list, where most cursors are, nothing else needs to be said. */
type HeadFields = [size: number, origin: number];
type HopFields = HeadFields | LaterFields;
type PageFields = [behind: HopFields | null, next?: HopFields | null, previous?: RefFields];

/** `PageFields` in JSON. What most cursors do not have takes no room: it would be written for every edge. */
function pageText({ behind, next, previous }: Position): string {
  let text = behind === null ? '[null' : `[${hopText(behind.hop)}`;
  if (next !== null || previous !== null) text += next === null ? ',null' : `,${hopText(next)}`;
  if (previous !== null) text += `,[${refText(previous)}${othersText(previous)}]`;
  return `${text}]`;
}

function hopText(hop: Hop): string {
  const { ref, offset, origin, trail, alike } = hop;
  if (isHead(hop)) return `[${ref.size},${origin}]`;
  const text = `[${refText(ref)},${offset},${origin},${trail.steps},${trail.mark}`;
  return alike === 0 && ref.others === undefined ? `${text}]` : `${text},${alike}${othersText(ref)}]`;
}

function othersText({ others }: PageRef): string {
  return others === undefined ? '' : `,${JSON.stringify(others)}`;
}

function refText({ size, page, token }: PageRef): string {
  return `${size},${jsonOf(page)},${jsonOf(token)}`;
}

function jsonOf(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}

/** Trusts its first argument: its seal has been checked. */
function readFields([behind, next = null, previous]: PageFields, recordPart: string): Position | null {
  const record = recordPart === '' ? null : readRecordPart(recordPart);
  if ((behind === null) !== (record === null)) return null;
  return {
    behind: behind === null || record === null ? null : { hop: readHop(behind), record },
    next: next && readHop(next),
    previous: previous === undefined ? null : refOf(...previous),
  };
}

function isHead({ ref, offset, trail, alike }: Hop): boolean {
  const { steps, mark } = trail;
  const isPlain = ref.token === null && ref.page === null && ref.others === undefined;
  return isPlain && offset === 0 && steps === 0 && mark === 0 && alike === 0;
}

function readHop(fields: HopFields): Hop {
  if (isOfHead(fields)) {
    const [size, origin] = fields;
    return { ref: { size, page: null, token: null }, offset: 0, origin, trail: AT_HEAD, alike: 0 };
  }
  const [size, page, token, offset, origin, steps, mark, alike = 0, others] = fields;
  return { ref: refOf(size, page, token, others), offset, origin, trail: { steps, mark }, alike };
}

function isOfHead(fields: HopFields): fields is HeadFields {
  return fields.length === 2;
}

function refOf(size: number, page: string | null, token: string | null, others?: string): PageRef {
  return others === undefined ? { size, page, token } : { size, page, token, others };
}
