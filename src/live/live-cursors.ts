import { CursorError } from '../pagination/cursor/codec.js';
import type { CursorSigner } from '../pagination/cursor/signer.js';
import { readState, writeState } from './state-format.js';
import type { WatchState } from './watch-state.js';

/** Version prefix of the cursors of events. Those of connections have another one. */
const VERSION = 'e1.';

/** Encodes what a subscriber knows of one list as a cursor, and back. */
export class LiveCursors {
  readonly #signer: CursorSigner;
  readonly #list: string;
  // Thousands of subscribers are in the same state.
  readonly #cursors = new WeakMap<WatchState, string>();

  /** @param list - identifies the list among all of the account */
  constructor(signer: CursorSigner, list: string) {
    this.#signer = signer;
    // No cursor of a connection is one of a subscription.
    this.#list = `events ${list}`;
  }

  encode(state: WatchState): string {
    let cursor = this.#cursors.get(state);
    if (cursor === undefined) {
      cursor = VERSION + this.#signer.sign(this.#list, writeState(state)).text;
      this.#cursors.set(state, cursor);
    }
    return cursor;
  }

  /**
   * @returns what the subscriber knew, or `expired`: the key that signed the cursor is no longer in use
   * @throws {CursorError} for any other text
   */
  decode(cursor: string): WatchState | 'expired' {
    const signed = cursor.startsWith(VERSION) ? cursor.slice(VERSION.length) : '';
    const verified = this.#signer.verify(this.#list, signed);
    if (verified === 'retired') return 'expired';
    const state = verified === 'invalid' ? null : readState(verified.payload);
    if (state !== null) return state;
    throw new CursorError(
      'Invalid `after` cursor: it is damaged, or not of this subscription. Pass the `cursor` of one of its events.',
    );
  }
}
