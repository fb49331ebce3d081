import { BACKSLASH, BEYOND_ASCII, QUOTE, SPACE, ZERO } from './ascii.js';
import { type AsciiLiteral, asciiLiteral } from './ascii-literal.js';
import type { Scanned } from './json-scanner.js';
import { viewOf } from './view.js';

/** Initial size of the buffer in bytes; a larger buffer is released after use. */
const INITIAL_BYTES = 64 * 1024;

const NULL = asciiLiteral('null');
const TRUE = asciiLiteral('true');
const FALSE = asciiLiteral('false');

/**
 * Writes JSON as UTF-8 bytes. Concatenating strings instead would create thousands of intermediate string objects for
 * each response.
 */
export class JsonWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #view = viewOf(this.#bytes);
  #length = 0;
  #isAscii = true;
  /** Last string that `ascii` wrote, and its offset. */
  #repeated = '';
  #repeatedAt = 0;

  /** Number of bytes written. */
  get length(): number {
    return this.#length;
  }

  /** Whether only ASCII has been written since the writer was empty. */
  get isAscii(): boolean {
    return this.#isAscii;
  }

  /** Truncates the output to `length` bytes. */
  backTo(length: number): void {
    this.#length = length;
    if (length === 0) this.#isAscii = true;
    if (length < this.#repeatedAt + this.#repeated.length) this.#repeated = '';
  }

  /** Removes the output from `from` on. @returns it as a string */
  take(from: number): string {
    const text = this.#bytes.toString(this.#isAscii ? 'latin1' : 'utf8', from, this.#length);
    this.backTo(from);
    if (from === 0 && this.#bytes.length > INITIAL_BYTES) this.#resize(INITIAL_BYTES);
    return text;
  }

  phrase({ words, length }: AsciiLiteral): void {
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

  /** Writes one ASCII character. */
  byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  /**
   * Writes up to 16 ASCII characters, four in each number in little-endian order.
   *
   * @param length - number of characters
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

  /** Writes an ASCII string. The same string as before is copied within the buffer. */
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

  /** Copies ASCII JSON from a source. */
  copy({ view: source, lastWord }: Scanned, from: number, to: number): void {
    const length = to - from;
    this.#reserve(length);
    const view = this.#view;
    let at = this.#length;
    this.#length += length;
    let read = from;
    // Copied as doubles, which preserves all bits except those of NaN. No sequence of ASCII bytes is a NaN.
    for (; read <= to - 8; read += 8, at += 8) view.setFloat64(at, source.getFloat64(read, true), true);
    // Up to three bytes too many are harmless, as long as they are inside the source.
    const last = to - 1 <= lastWord ? to - 1 : to - 4;
    for (; read <= last; read += 4, at += 4) view.setInt32(at, source.getInt32(read, true), true);
    for (; read < to; read += 1, at += 1) view.setUint8(at, source.getUint8(read));
  }

  /** Writes an integer from 0 to 2^31 - 1. */
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

  /** Writes a string as JSON. */
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

  /** Writes any value as JSON; `null` for values that JSON does not support. */
  value(value: unknown): void {
    if (typeof value === 'string') this.string(value);
    else if (typeof value === 'number' && value >>> 0 === value && value < 2 ** 31) this.integer(value);
    else this.json(JSON.stringify(value) ?? 'null');
  }

  /** Writes a JSON string unchanged. */
  json(text: string): void {
    // A UTF-16 code unit takes at most three bytes in UTF-8.
    this.#reserve(text.length * 3);
    const written = this.#bytes.write(text, this.#length);
    if (written !== text.length) this.#isAscii = false;
    this.#length += written;
  }

  /** Copies the last string of `ascii`. */
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

  /** Ensures capacity for `bytes` bytes, and for one more word because words are written as a whole. */
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
