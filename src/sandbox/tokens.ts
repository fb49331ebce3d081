import { createHash, createHmac } from 'node:crypto';
import type { PagePosition } from './record-list.js';
import { TOKEN_SHAPES, type TokenShape } from './token-shapes.js';

const POSITION_BYTES = 6;
const SIGNATURE_BYTES = 10;

/**
 * Issues and verifies page tokens. A token has its position and a signature over the list, the page size and the
 * position. So it needs no memory, stays valid after a restart, and is invalid for any other list and, if it is bound to one, any other size.
 */
export class PageTokens {
  readonly #secret: string;
  readonly #isBoundToSize: boolean;
  #generation = 0;

  /**
   * @param secret - secret of the signatures
   * @param isBoundToSize - whether a token is for the page size alone that it was issued with
   */
  constructor(secret: string, isBoundToSize: boolean) {
    this.#secret = secret;
    this.#isBoundToSize = isBoundToSize;
  }

  /**
   * Issues a token.
   *
   * @param list - path of the list, with its filters
   * @param size - page size that the token is valid for
   */
  issue(list: string, size: number, position: PagePosition): string {
    const bytes = Buffer.alloc(POSITION_BYTES);
    bytes.writeUInt8(position.direction === 'after' ? 0 : 1, 0);
    bytes.writeUInt8(position.emptyPages, 1);
    bytes.writeInt32BE(position.key, 2);
    const signature = createHmac('sha256', this.#secret)
      .update(`${this.#generation} ${this.#isBoundToSize ? size : ''} ${list} `)
      .update(bytes)
      .digest()
      .subarray(0, SIGNATURE_BYTES);
    return shapeOf(list).write(Buffer.concat([bytes, signature]));
  }

  /** @returns the position of the token, or `null` if it was not issued for this list and size, or has expired */
  read(list: string, size: number, token: string): PagePosition | null {
    const bytes = shapeOf(list).read(token);
    if (bytes?.length !== POSITION_BYTES + SIGNATURE_BYTES) return null;
    const position: PagePosition = {
      direction: bytes.readUInt8(0) === 0 ? 'after' : 'before',
      emptyPages: bytes.readUInt8(1),
      key: bytes.readInt32BE(2),
    };
    return this.issue(list, size, position) === token ? position : null;
  }

  /** Expires all tokens issued so far. */
  expireAll(): void {
    this.#generation += 1;
  }
}

function shapeOf(list: string): TokenShape {
  const number = createHash('md5').update(list).digest().readUInt32BE(0);
  return TOKEN_SHAPES[number % TOKEN_SHAPES.length] ?? TOKEN_SHAPES[0];
}
