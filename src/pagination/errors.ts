/** A cursor that was valid once: its page, or the key that signed it, is gone. */
export class CursorExpiredError extends Error {
  override readonly name = 'CursorExpiredError';

  /** @param reason - why it is no longer valid */
  constructor(reason = 'the upstream no longer has this page') {
    super(`Cursor expired: ${reason}. Restart pagination without a cursor.`);
  }
}

/** A window is further from the first page than its page budget. */
export class PageBudgetExceededError extends Error {
  override readonly name = 'PageBudgetExceededError';

  /** @param pages - page budget of a window */
  constructor(pages: number) {
    super(
      `Page budget exceeded: this window is more than ${pages} upstream pages from the start of the list. ` +
        'Paginate forward with `first` and `after`, or backward from an edge with `last` and `before`.',
    );
  }
}
