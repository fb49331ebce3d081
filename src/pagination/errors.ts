/** The place that a cursor names cannot be reached any more. */
export class CursorExpiredError extends Error {
  override readonly name = 'CursorExpiredError';

  constructor() {
    super('the list no longer leads to this cursor: start again without it');
  }
}

/** What is asked for is further from the head of the list than one window may walk. */
export class PageBudgetExceededError extends Error {
  override readonly name = 'TooFarError';

  /** @param pages - upstream pages that one window may read */
  constructor(pages: number) {
    super(
      `this place is more than ${pages} upstream pages from the head of the list: ` +
        'page forwards with `first` and `after`, or backwards from an edge with `last` and `before`',
    );
  }
}
