import type { Position } from './position.js';
import type { WalkedPage } from './walked-page.js';

/** Recognises one record in pages that are read in list order, by what it is rather than by where it was. */
export class Finder {
  readonly #print: number;
  readonly #offset: number;
  #ahead: number;

  /**
   * Records that cannot be told apart are told by their order: from the first page position that the record
   * can have (arrivals at the head only move it on), so many of its likes come first.
   */
  constructor({ hop, record }: NonNullable<Position['behind']>) {
    this.#print = record.print;
    this.#offset = hop.offset;
    this.#ahead = record.rank;
  }

  /** @returns the record's index in the page, or -1. */
  findIn<R>(page: WalkedPage<R>): number {
    for (const { index, print } of page.places) {
      if (print !== this.#print || page.hop.offset + index < this.#offset) continue;
      if (this.#ahead === 0) return index;
      this.#ahead -= 1;
    }
    return -1;
  }
}
