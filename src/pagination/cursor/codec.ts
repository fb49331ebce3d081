import type { PageRef } from '../page.js';
import type { CursorPosition, PageLocation } from '../position.js';
import { AT_FIRST_PAGE } from '../walk/cycle-detector.js';
import { nextPageAfter, type PositionedRecord, positionOf } from '../walk/loaded-page.js';
import { type CursorSink, readRecordSuffix, writeRecordSuffix } from './record-suffix.js';
import type { CursorSigner, SignedPayload } from './signer.js';

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
class CursorStringSink implements CursorSink {
  text = '';

  ascii(text: string): void {
    this.text += text;
  }

  byte(byte: number): void {
    this.text += String.fromCharCode(byte);
  }

  ascii16(length: number, ...words: readonly number[]): void {
    for (let at = 0; at < length; at += 1) this.byte(((words[at >> 2] ?? 0) >>> ((at & 3) * 8)) & 0xff);
  }

  integer(value: number): void {
    this.text += value;
  }
}

/** Makes and reads the cursors of one list. */
export class CursorCodec {
  readonly #signer: CursorSigner;
  readonly #list: string;
  /** The page whose edges are being written. */
  #page: object | null = null;
  /** What the present part says of the way on: that of the last record alone says anything. */
  #next: PageLocation | null = null;
  #beginning = '';
  #seed = 0;

  /**
   * @param sealer - has a secret that all instances share that are to understand each other's cursors
   * @param list - names the list that the cursors belong to; not part of them
   */
  constructor(sealer: CursorSigner, list: string) {
    this.#signer = sealer;
    this.#list = list;
  }

  /** The cursor of an edge. */
  ofRecord<R>(entry: PositionedRecord<R>): string {
    const out = new CursorStringSink();
    this.writeRecord(entry, out);
    return out.text;
  }

  /** Writes the cursor of an edge. */
  writeRecord<R>(entry: PositionedRecord<R>, out: CursorSink): void {
    const { page, index } = entry;
    this.#prepareFor(entry);
    out.ascii(this.#beginning);
    writeRecordSuffix(
      index,
      page.fingerprints[index] ?? 0,
      page.precedingDuplicatesOf(index),
      this.#seed,
      out,
    );
  }

  /** Only the last record of a page knows of the next one; all others share one sealed part. */
  #prepareFor<R>(entry: PositionedRecord<R>): void {
    const { page, index } = entry;
    const next = nextPageAfter(page, index);
    if (this.#page === page && this.#next === next) return;
    const sealed = this.#sign(positionOf(entry));
    this.#beginning = prefixOf(sealed);
    this.#seed = sealed.seed;
    this.#page = page;
    this.#next = next;
  }

  /** The cursor of a place that need not be behind a record. */
  ofPosition(position: CursorPosition): string {
    const sealed = this.#sign(position);
    const out = new CursorStringSink();
    out.ascii(prefixOf(sealed));
    if (position.previousRecord !== null) {
      const { index, fingerprint: print, precedingDuplicates: rank } = position.previousRecord.record;
      writeRecordSuffix(index, print, rank, sealed.seed, out);
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
  decode(text: string): CursorPosition {
    if (/^w\d+\./.test(text) && !text.startsWith(`${VERSION}.`)) {
      throw new CursorError('it was made by another version of this gateway');
    }
    const position = this.#parse(text);
    if (position === null || this.ofPosition(position) !== text) {
      throw new CursorError('it is damaged, or belongs to another list');
    }
    return position;
  }

  #parse(text: string): CursorPosition | null {
    const [, pagePart, recordPart] = text.split('.', 3);
    if (pagePart === undefined || recordPart === undefined) return null;
    // Nothing is parsed, let alone used, that was not written here.
    const json = this.#signer.verify(this.#list, pagePart);
    return json === null ? null : readFields(JSON.parse(json), recordPart);
  }

  #sign(position: CursorPosition): SignedPayload {
    return this.#signer.sign(this.#list, positionText(position));
  }
}

/** A cursor up to its record part. */
function prefixOf({ text }: SignedPayload): string {
  return `${VERSION}.${text}.`;
}

type RefFields = [size: number, page: string | null, token: string | null];
type LaterPageFields = [
  ...RefFields,
  offset: number,
  origin: number,
  steps: number,
  mark: number,
  alike?: number,
];
/** Of the head of a list, where most cursors are, nothing else needs to be said. */
type FirstPageFields = [size: number, origin: number];
type LocationFields = FirstPageFields | LaterPageFields;
type PositionFields = [behind: LocationFields | null, next?: LocationFields | null, previous?: RefFields];

/** `PageFields` in JSON. What most cursors do not have takes no room: it would be written for every edge. */
function positionText({
  previousRecord: behind,
  nextPage: next,
  previousPage: previous,
}: CursorPosition): string {
  let text = behind === null ? '[null' : `[${locationText(behind.hop)}`;
  if (next !== null || previous !== null) text += next === null ? ',null' : `,${locationText(next)}`;
  if (previous !== null) text += `,[${refText(previous)}]`;
  return `${text}]`;
}

function locationText(hop: PageLocation): string {
  const { ref, offset, anchor: origin, cycle: trail, precedingDuplicates: alike } = hop;
  if (isFirstPage(hop)) return `[${ref.size},${origin}]`;
  const text = `[${refText(ref)},${offset},${origin},${trail.steps},${trail.marked}`;
  return alike === 0 ? `${text}]` : `${text},${alike}]`;
}

function refText({ size, page, token }: PageRef): string {
  return `${size},${jsonOf(page)},${jsonOf(token)}`;
}

function jsonOf(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}

/** Trusts its first argument: its seal has been checked. */
function readFields(
  [behind, next = null, previous]: PositionFields,
  recordSuffix: string,
): CursorPosition | null {
  const record = recordSuffix === '' ? null : readRecordSuffix(recordSuffix);
  if ((behind === null) !== (record === null)) return null;
  return {
    previousRecord: behind === null || record === null ? null : { hop: readLocation(behind), record },
    nextPage: next && readLocation(next),
    previousPage: previous === undefined ? null : readRef(previous),
  };
}

function isFirstPage({ ref, offset, cycle: trail, precedingDuplicates: alike }: PageLocation): boolean {
  const { steps, marked: mark } = trail;
  return ref.token === null && ref.page === null && offset === 0 && steps === 0 && mark === 0 && alike === 0;
}

function readLocation(fields: LocationFields): PageLocation {
  if (isFirstPageFields(fields)) {
    const [size, origin] = fields;
    return {
      ref: { size, page: null, token: null },
      offset: 0,
      anchor: origin,
      cycle: AT_FIRST_PAGE,
      precedingDuplicates: 0,
    };
  }
  const [size, page, token, offset, origin, steps, mark, alike = 0] = fields;
  return {
    ref: { size, page, token },
    offset,
    anchor: origin,
    cycle: { steps, marked: mark },
    precedingDuplicates: alike,
  };
}

function isFirstPageFields(fields: LocationFields): fields is FirstPageFields {
  return fields.length === 2;
}

function readRef([size, page, token]: RefFields): PageRef {
  return { size, page, token };
}
