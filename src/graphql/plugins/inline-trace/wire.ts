const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Encodes a message of protocol buffers, with the types that traces need. Fields with value 0 are omitted. */
export class WireMessage {
  readonly #bytes: number[] = [];

  /** @param value - an unsigned integer up to 2^53 - 1 */
  integer(field: number, value: number): this {
    if (value > 0) {
      this.#tag(field, VARINT);
      this.#varint(value);
    }
    return this;
  }

  text(field: number, value: string): this {
    return this.#lengthDelimited(field, Buffer.from(value));
  }

  message(field: number, value: WireMessage): this {
    return this.#lengthDelimited(field, value.#bytes);
  }

  toBase64(): string {
    return Buffer.from(this.#bytes).toString('base64');
  }

  #lengthDelimited(field: number, bytes: Iterable<number> & { readonly length: number }): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(bytes.length);
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  // Division instead of shifts, because shifts truncate to 32 bits.
  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#bytes.push((rest % 0x80) + 0x80);
    this.#bytes.push(rest);
  }
}
