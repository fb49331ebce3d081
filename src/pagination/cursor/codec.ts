import { CursorExpiredError } from '../errors.js';
import type { PageRef } from '../page.js';
import type { CursorPosition, PageLocation } from '../position.js';
import { AT_FIRST_PAGE } from '../walk/cycle-detector.js';
import { nextPageAfter, type PositionedRecord, positionOf } from '../walk/loaded-page.js';
import { type CursorSink, readRecordSuffix, writeRecordSuffix } from './record-suffix.js';
import type { CursorSigner, SignedPayload } from './signer.js';

/**
 * Version prefix of cursors, whose format is `w5.<page>.<record>`. Both parts are opaque to clients.
 *
 * `<page>` has page tokens and counts, never a URL, and is signed with an HMAC that also covers the list key. Signing
 * is expensive, so it is done once for each page. `<record>` differs between edges and has a cheap checksum that is
 * seeded with the unused part of the page's digest. The checksum detects damage. Forging it would only give another
 * position in a page that the client may read anyway.
 */
const VERSION = 'w5';

/** A string that is not a valid cursor of its list. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
}

/** Writes a cursor to a string. */
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

/** Encodes and decodes the cursors of one list. */
export class CursorCodec {
  readonly #signer: CursorSigner;
  readonly #list: string;
  /** Page that `#prefix` and `#seed` belong to. */
  #page: object | null = null;
  /** Next page in `#prefix`: only the cursor of the last matching record of a page has one. */
  #next: PageLocation | null = null;
  #prefix = '';
  #seed = 0;

  /**
   * @param signer - signs cursors with a key that all instances of the gateway share
   * @param list - list key: a signature covers it, a cursor does not contain it
   */
  constructor(signer: CursorSigner, list: string) {
    this.#signer = signer;
    this.#list = list;
  }

  /** Returns the cursor of an edge. */
  ofRecord<R>(entry: PositionedRecord<R>): string {
    const out = new CursorStringSink();
    this.writeRecord(entry, out);
    return out.text;
  }

  /** Writes the cursor of an edge. */
  writeRecord<R>(entry: PositionedRecord<R>, out: CursorSink): void {
    const { page, index } = entry;
    this.#prepareFor(entry);
    out.ascii(this.#prefix);
    writeRecordSuffix(
      index,
      page.fingerprints[index] ?? 0,
      page.precedingDuplicatesOf(index),
      this.#seed,
      out,
    );
  }

  /**
   * Signs the page part of a cursor. It is shared by all records of a page except the last matching one, which has a next
   * page.
   */
  #prepareFor<R>(entry: PositionedRecord<R>): void {
    const { page, index } = entry;
    const next = nextPageAfter(page, index);
    if (this.#page === page && this.#next === next) return;
    const signed = this.#sign(positionOf(entry));
    this.#prefix = prefixOf(signed);
    this.#seed = signed.seed;
    this.#page = page;
    this.#next = next;
  }

  /** Returns the cursor of a position, which need not be after a record. */
  ofPosition(position: CursorPosition): string {
    const signed = this.#sign(position);
    return prefixOf(signed) + recordSuffixOf(position, signed.seed);
  }

  /**
   * Decodes a cursor that a client sent.
   *
   * A cursor is accepted only if encoding the decoded position returns the same string. So each position has one valid
   * cursor of each key, and each part of it is checked.
   *
   * @throws {CursorError} when the cursor is damaged, forged, or issued for another list or by another version
   * @throws {CursorExpiredError} when it is signed with a key that is no longer in use
   */
  decode(text: string): CursorPosition {
    if (/^w\d+\./.test(text) && !text.startsWith(`${VERSION}.`)) {
      throw new CursorError('issued by another version of this gateway');
    }
    const position = this.#parse(text);
    if (position === null) throw new CursorError('bad signature, or issued for another list');
    return position;
  }

  #parse(text: string): CursorPosition | null {
    const [version, pagePart, recordPart, ...rest] = text.split('.');
    const isComplete = version === VERSION && rest.length === 0;
    if (!isComplete || pagePart === undefined || recordPart === undefined) return null;
    // The signature is verified before anything is parsed.
    const verified = this.#signer.verify(this.#list, pagePart);
    if (verified === 'invalid') return null;
    if (verified === 'retired') {
      if (recordPart !== '' && readRecordSuffix(recordPart) === null) return null;
      throw new CursorExpiredError('the key that signed it is no longer in use');
    }
    const position = readFields(JSON.parse(verified.payload), recordPart);
    const isCanonical =
      position !== null &&
      positionText(position) === verified.payload &&
      recordSuffixOf(position, verified.seed) === recordPart;
    return isCanonical ? position : null;
  }

  #sign(position: CursorPosition): SignedPayload {
    return this.#signer.sign(this.#list, positionText(position));
  }
}

/** Returns the record part of a cursor; empty for a position without a record. */
function recordSuffixOf({ previousRecord }: CursorPosition, seed: number): string {
  if (previousRecord === null) return '';
  const { index, fingerprint, precedingDuplicates } = previousRecord.key;
  const out = new CursorStringSink();
  writeRecordSuffix(index, fingerprint, precedingDuplicates, seed, out);
  return out.text;
}

/** Returns a cursor without its record part. */
function prefixOf({ text }: SignedPayload): string {
  return `${VERSION}.${text}.`;
}

// The optional fields at the end were added later. Cursors without them are still valid. An instance of an earlier
// version rejects cursors that have them, because it would encode the position as another string.
type RefFields = [size: number, page: string | null, token: string | null, others?: string];
type LaterPageFields = [
  size: number,
  page: string | null,
  token: string | null,
  offset: number,
  anchor: number,
  steps: number,
  marked: number,
  precedingDuplicates?: number,
  /** `null` only if the preceding fingerprint follows. */
  others?: string | null,
  precedingFingerprint?: number,
];
/** First page of a list, to which most cursors belong: all other fields have their default. */
type FirstPageFields = [size: number, anchor: number];
type LocationFields = FirstPageFields | LaterPageFields;
type PositionFields = [own: LocationFields | null, next?: LocationFields | null, previous?: RefFields];

/**
 * Encodes a position as `PositionFields` in JSON. Omits trailing defaults, because this is part of every edge's cursor.
 */
function positionText({ previousRecord, nextPage, previousPage }: CursorPosition): string {
  let text = previousRecord === null ? '[null' : `[${locationText(previousRecord.location)}`;
  if (nextPage !== null || previousPage !== null)
    text += nextPage === null ? ',null' : `,${locationText(nextPage)}`;
  if (previousPage !== null) text += `,[${refText(previousPage)}${othersText(previousPage)}]`;
  return `${text}]`;
}

function locationText(location: PageLocation): string {
  const { ref, offset, anchor, cycle, precedingDuplicates, precedingFingerprint } = location;
  if (isFirstPage(location)) return `[${ref.size},${anchor}]`;
  const text = `[${refText(ref)},${offset},${anchor},${cycle.steps},${cycle.marked}`;
  if (precedingFingerprint !== undefined) {
    return `${text},${precedingDuplicates},${jsonOf(ref.others ?? null)},${precedingFingerprint}]`;
  }
  return precedingDuplicates === 0 && ref.others === undefined
    ? `${text}]`
    : `${text},${precedingDuplicates}${othersText(ref)}]`;
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

/** @param fields - trusted, because their signature has been verified */
function readFields(
  [own, next = null, previous]: PositionFields,
  recordSuffix: string,
): CursorPosition | null {
  const key = recordSuffix === '' ? null : readRecordSuffix(recordSuffix);
  if ((own === null) !== (key === null)) return null;
  return {
    previousRecord: own === null || key === null ? null : { location: readLocation(own), key },
    nextPage: next && readLocation(next),
    previousPage: previous === undefined ? null : refOf(...previous),
  };
}

function isFirstPage({
  ref,
  offset,
  cycle,
  precedingDuplicates,
  precedingFingerprint,
}: PageLocation): boolean {
  const { steps, marked } = cycle;
  const isFirstRef = ref.token === null && ref.page === null && ref.others === undefined;
  const hasNoPreceding = precedingDuplicates === 0 && precedingFingerprint === undefined;
  return isFirstRef && offset === 0 && steps === 0 && marked === 0 && hasNoPreceding;
}

function readLocation(fields: LocationFields): PageLocation {
  if (isFirstPageFields(fields)) {
    const [size, anchor] = fields;
    return {
      ref: { size, page: null, token: null },
      offset: 0,
      anchor,
      cycle: AT_FIRST_PAGE,
      precedingDuplicates: 0,
    };
  }
  const [size, page, token, offset, anchor, steps, marked, precedingDuplicates = 0, others, preceding] =
    fields;
  const location = {
    ref: refOf(size, page, token, others ?? undefined),
    offset,
    anchor,
    cycle: { steps, marked },
    precedingDuplicates,
  };
  return preceding === undefined ? location : { ...location, precedingFingerprint: preceding };
}

function isFirstPageFields(fields: LocationFields): fields is FirstPageFields {
  return fields.length === 2;
}

function refOf(size: number, page: string | null, token: string | null, others?: string): PageRef {
  return others === undefined ? { size, page, token } : { size, page, token, others };
}
