import { BACKSLASH, BEYOND_ASCII, QUOTE, SPACE, ZERO } from './ascii.js';
import { type Phrase, phrase } from './ascii-literal.js';
import type { Scanned } from './json-scanner.js';
import { viewOf } from './view.js';

/** Bytes that are kept ready; what needs more gives the rest back. */
const ROOM = 64 * 1024;

const NULL = phrase('null');
const TRUE = phrase('true');
const FALSE = phrase('false');

/**
 * Writes JSON into bytes. Put together from strings an answer would be thousands of them, each an object of its own
 * until somebody puts them all into one.
 */
export class JsonWriter {
  #bytes = Buffer.allocUnsafeSlow(ROOM);
  #view = viewOf(this.#bytes);
  #length = 0;
  #isAscii = true;
  #repeated = '';
  /** Where that has been written. */
  #repeatedAt = 0;

  /** Where the next byte goes. */
  get length(): number {
    return this.#length;
  }

  /** Whether nothing but ASCII has been written; since there was nothing. */
  get isAscii(): boolean {
    return this.#isAscii;
  }

  /** Takes back what has been written since. */
  backTo(length: number): void {
    this.#length = length;
    if (length === 0) this.#isAscii = true;
    if (length < this.#repeatedAt + this.#repeated.length) this.#repeated = '';
  }

  /** Ends what has been written since some place. @returns it, as text */
  take(from: number): string {
    const text = this.#bytes.toString(this.#isAscii ? 'latin1' : 'utf8', from, this.#length);
    this.backTo(from);
    if (from === 0 && this.#bytes.length > ROOM) this.#resize(ROOM);
    return text;
  }

  phrase({ words, length }: Phrase): void {
    this.#reserve(length);
    let at = this.#length;
    for (let index = 0; index < words.length; index += 1, at += 4) {
      this.#view.setInt32(at, words[index] as number, true);
    }
    this.#length += length;
  }

  null(): void {
    this.phrase(NULL);
  }

  boolean(value: boolean): void {
    this.phrase(value ? TRUE : FALSE);
  }

  /** A byte of ASCII. */
  byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  /**
   * Up to 16 bytes of ASCII, four in a number, the first one lowest.
   *
   * @param length - how many of them
   */
  ascii16(length: number, first: number, second: number, third: number, fourth: number): void {
    this.#reserve(16);
    const at = this.#length;
    const view = this.#view;
    view.setInt32(at, first, true);
    view.setInt32(at + 4, second, true);
    view.setInt32(at + 8, third, true);
    view.setInt32(at + 12, fourth, true);
    this.#length = at + length;
  }

  /** ASCII as it is. The same text again is copied from where it stands already. */
  ascii(text: string): void {
    const { length } = text;
    if (text === this.#repeated) {
      this.#repeat(length);
      return;
    }
    this.#reserve(length);
    const bytes = this.#bytes;
    let at = this.#length;
    this.#repeated = text;
    this.#repeatedAt = at;
    for (let index = 0; index < length; index += 1, at += 1) bytes[at] = text.charCodeAt(index);
    this.#length = at;
  }

  /** JSON that is ASCII, from elsewhere. */
  copy({ view: source, lastWord }: Scanned, from: number, to: number): void {
    const length = to - from;
    this.#reserve(length);
    const view = this.#view;
    let at = this.#length;
    this.#length += length;
    let read = from;
    // As doubles, which are copied as they are unless they are NaN: what is ASCII is none.
    for (; read <= to - 8; read += 8, at += 8) view.setFloat64(at, source.getFloat64(read, true), true);
    // Up to three bytes too many do no harm here, as long as they are there.
    const last = to - 1 <= lastWord ? to - 1 : to - 4;
    for (; read <= last; read += 4, at += 4) view.setInt32(at, source.getInt32(read, true), true);
    for (; read < to; read += 1, at += 1) view.setUint8(at, source.getUint8(read));
  }

  /** An integer of 0 to 2^31 - 1. */
  integer(value: number): void {
    let digits = 1;
    for (let limit = 10; value >= limit && digits < 10; limit *= 10) digits += 1;
    this.#reserve(digits);
    const bytes = this.#bytes;
    let rest = value;
    this.#length += digits;
    for (let at = this.#length - 1; digits > 0; at -= 1, digits -= 1) {
      const tens = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tens * 10;
      rest = tens;
    }
  }

  /** A text, in JSON. */
  string(text: string): void {
    const { length } = text;
    this.#reserve(length + 2);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at] = QUOTE;
    at += 1;
    for (let index = 0; index < length; index += 1, at += 1) {
      const unit = text.charCodeAt(index);
      if (unit < SPACE || unit >= BEYOND_ASCII || unit === QUOTE || unit === BACKSLASH) {
        this.json(JSON.stringify(text));
        return;
      }
      bytes[at] = unit;
    }
    bytes[at] = QUOTE;
    this.#length = at + 1;
  }

  /** Anything; `null` for what JSON does not have. */
  value(value: unknown): void {
    if (typeof value === 'string') this.string(value);
    else if (typeof value === 'number' && value >>> 0 === value && value < 2 ** 31) this.integer(value);
    else this.json(JSON.stringify(value) ?? 'null');
  }

  /** JSON that somebody else has written. */
  json(text: string): void {
    // A unit of UTF-16 takes three bytes at most.
    this.#reserve(text.length * 3);
    const written = this.#bytes.write(text, this.#length);
    if (written !== text.length) this.#isAscii = false;
    this.#length += written;
  }

  /** Writes once more what stands there already. */
  #repeat(length: number): void {
    this.#reserve(length);
    const view = this.#view;
    const start = this.#length;
    const from = this.#repeatedAt;
    for (let done = 0; done < length; done += 4) {
      view.setInt32(start + done, view.getInt32(from + done, true), true);
    }
    this.#length = start + length;
  }

  /** Sees to it that there is room, for whole words too. */
  #reserve(bytes: number): void {
    const needed = this.#length + bytes + 4;
    if (needed > this.#bytes.length) this.#resize(Math.max(needed, this.#bytes.length * 2));
  }

  #resize(size: number): void {
    const bytes = Buffer.allocUnsafeSlow(size);
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }
}
