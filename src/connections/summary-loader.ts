import { fullWalk } from '../pagination/walk/full.js';
import type { AnyRecord } from '../resources/any-record.js';
import type { Accumulator, SummaryEnd } from '../resources/summary.js';
import type { ConnectionLoader } from './connection-loader.js';
import type { ListRequest } from './list-request.js';
import type { PageLoader } from './page-loader.js';
import { runWalk, type WalkLimits, type WalkServices, wholeListPlan } from './walk-runner.js';
import { walkWithin } from './walk-span.js';

/** A summary as one field of an operation asks for it. */
export interface SummaryRequest {
  readonly list: ListRequest;
  /** As `SummaryDeclaration.reads`. */
  readonly reads: 'all' | number;
  /** Identifies the summary among all of the list: its name and arguments. */
  readonly key: string;
  readonly start: () => Accumulator;
}

/** The value of a summary. */
export interface Summary {
  readonly value: unknown;
}

/** Computes summaries of lists within one operation. */
export class SummaryLoader {
  readonly #pages: PageLoader;
  readonly #connections: ConnectionLoader;
  readonly #walks: WalkServices;
  readonly #limits: WalkLimits;
  readonly #endOf: (sentAt: number) => Omit<SummaryEnd, 'complete'>;

  /**
   * @param walks - outlive the operation
   * @param limits - read when a walk begins
   * @param endOf - the present time, and a time on the clock of the upstream client as an instant
   */
  constructor(
    pages: PageLoader,
    connections: ConnectionLoader,
    walks: WalkServices,
    limits: WalkLimits,
    endOf: (sentAt: number) => Omit<SummaryEnd, 'complete'>,
  ) {
    this.#pages = pages;
    this.#connections = connections;
    this.#walks = walks;
    this.#limits = limits;
    this.#endOf = endOf;
  }

  /**
   * @returns `null` if the upstream does not know the list's parent
   * @throws {InvalidArgumentError} for arguments that the upstream has no records for, before any request is sent
   */
  load({ list, reads, start }: SummaryRequest): Promise<Summary | null> {
    return reads === 'all' ? this.#ofAll(list, start()) : this.#ofFirst(list, reads, start());
  }

  /** The first records of a list are a window, so that they share the page of other windows. */
  async #ofFirst(list: ListRequest, count: number, accumulator: Accumulator): Promise<Summary | null> {
    const connection = await this.#connections.load(list, { first: count });
    if (connection === null) return null;
    for (const edge of connection.edges) if (!accumulator.add(edge.record, edge)) break;
    const complete = !connection.pageInfo.hasNextPage;
    return { value: accumulator.finish({ complete, ...this.#endOf(connection.sentAt) }) };
  }

  async #ofAll(list: ListRequest, accumulator: Accumulator): Promise<Summary | null> {
    const feed = new Feed(accumulator);
    const plan = wholeListPlan(list, this.#pages.open(list), this.#pages, this.#limits);
    const walked = await walkWithin(this.#pages.span, 'full', plan, (whole) =>
      runWalk(whole, this.#walks, (settings) => fullWalk(settings, (records) => feed.add(records))),
    );
    if (walked === null) return null;
    if (walked instanceof Error) throw walked;
    const complete = walked.value && !feed.hasMore;
    return { value: accumulator.finish({ complete, ...this.#endOf(walked.sentAt) }) };
  }
}

/** Gives the records of a walk to an accumulator, as long as it takes them. */
class Feed {
  /** Whether a record was left out because the accumulator took no more. */
  hasMore = false;
  readonly #accumulator: Accumulator;
  #takesMore = true;

  constructor(accumulator: Accumulator) {
    this.#accumulator = accumulator;
  }

  /** @returns `false` if no more pages are needed */
  add(records: readonly AnyRecord[]): boolean {
    for (const record of records) {
      if (!this.#takesMore) {
        this.hasMore = true;
        break;
      }
      this.#takesMore = this.#accumulator.add(record);
    }
    return this.#takesMore;
  }
}
