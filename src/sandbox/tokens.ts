import { createHash, createHmac } from 'node:crypto';
import type { PagePosition } from './record-list.js';
import { TOKEN_SHAPES, type TokenShape } from './token-shapes.js';

const HEAD_BYTES = 6;
const TAG_BYTES = 10;

/**
 * Gives out page tokens and takes them back. A token holds its place and a tag over the list, the page size and
 * that place: it needs no memory, outlives a restart, and is worthless with any other list or size.
 */
export class PageTokens {
  readonly #secret: string;
  #generation = 0;

  /** @param secret - the same secret understands the same tokens */
  constructor(secret: string) {
    this.#secret = secret;
  }

  /**
   * @param list - path of the list, with its filters
   * @param size - page size that the token is good for
   */
  issue(list: string, size: number, position: PagePosition): string {
    const bytes = Buffer.alloc(HEAD_BYTES);
    bytes.writeUInt8(position.direction === 'after' ? 0 : 1, 0);
    bytes.writeUInt8(position.emptyPages, 1);
    bytes.writeInt32BE(position.key, 2);
    const tag = createHmac('sha256', this.#secret)
      .update(`${this.#generation} ${size} ${list} `)
      .update(bytes)
      .digest()
      .subarray(0, TAG_BYTES);
    return shapeOf(list).write(Buffer.concat([bytes, tag]));
  }

  /** @returns where the token leads, or `null` when it was not given out for this list and size, or has expired. */
  read(list: string, size: number, token: string): PagePosition | null {
    const bytes = shapeOf(list).read(token);
    if (bytes?.length !== HEAD_BYTES + TAG_BYTES) return null;
    const position: PagePosition = {
      direction: bytes.readUInt8(0) === 0 ? 'after' : 'before',
      emptyPages: bytes.readUInt8(1),
      key: bytes.readInt32BE(2),
    };
    return this.issue(list, size, position) === token ? position : null;
  }

  /** Every token given out so far is refused from now on. */
  expireAll(): void {
    this.#generation += 1;
  }
}

function shapeOf(list: string): TokenShape {
  const number = createHash('md5').update(list).digest().readUInt32BE(0);
  return TOKEN_SHAPES[number % TOKEN_SHAPES.length] ?? TOKEN_SHAPES[0];
}
