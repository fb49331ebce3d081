import type { Connection, Edge } from '../connections/connection.js';
import type { ListRequest } from '../connections/list-request.js';
import type { Loaders } from '../connections/loaders.js';
import { MAX_WINDOW } from '../pagination/arguments.js';
import type { EventsDeclaration } from '../resources/define.js';
import { type Cost, noCost, type RequestScope } from '../upstream/upstream.js';
import type { AbortSignalLike } from '../util/abort.js';
import { type Clock, instantOf } from '../util/clock.js';
import { Observation } from './observation.js';
import { HEAD_SIZE } from './watch-state.js';

export interface ListReaderParts {
  readonly loadersFor: (scope: RequestScope) => Loaders;
  readonly clock: Pick<Clock, 'now' | 'wallNow'>;
  /** Time limit of one poll in milliseconds. */
  readonly timeoutMs: number;
}

/** What a poll has brought. */
export interface PollResult {
  /** `null`: the upstream does not know the parent of the list. */
  readonly observation: Observation | null;
  readonly cost: Cost;
}

/** What a poll reads. */
export interface PollRequest {
  /** Records to begin with: `HEAD_SIZE`, or all of a larger page if that is known to be needed. */
  readonly isDeep: boolean;
  /** Whether what has been read is enough. If not, the poll goes on until the end of the list, or its page budget. */
  readonly isEnough: (observation: Observation) => boolean;
  /** A response that is older, in milliseconds, is not used. */
  readonly maxAgeMs: number;
  readonly signal: AbortSignalLike;
}

/** Reads a list from its start, as far as needed. */
export class ListReader {
  readonly #parts: ListReaderParts;
  readonly #list: ListRequest;
  readonly #events: EventsDeclaration;

  constructor(list: ListRequest, events: EventsDeclaration, parts: ListReaderParts) {
    this.#parts = parts;
    this.#list = list;
    this.#events = events;
  }

  /** @throws {UpstreamError} */
  async poll({ isDeep, isEnough, maxAgeMs, signal }: PollRequest): Promise<PollResult> {
    const { loadersFor, clock, timeoutMs } = this.#parts;
    const cost = noCost();
    const deadline = clock.now() + timeoutMs;
    const loaders = loadersFor({ signal, deadline, cost, background: true, maxAgeMs });
    let first = isDeep ? MAX_WINDOW : HEAD_SIZE;
    let windows: Connection[] = [];
    for (;;) {
      const after = windows.at(-1)?.pageInfo.endCursor ?? null;
      const connection = await loaders.connection(this.#list, { first, after });
      if (connection === null) return { observation: null, cost };
      windows.push(connection);
      const isLast = first === MAX_WINDOW && windows.length === this.#list.declaration.pageBudget;
      const observation = this.#observe(windows, isLast);
      if (observation.extent.isDeepest || isEnough(observation)) return { observation, cost };
      // The first records alone are not enough: all are read again, in the largest windows.
      if (first === HEAD_SIZE) windows = [];
      first = MAX_WINDOW;
    }
  }

  #observe(windows: readonly Connection[], isLast: boolean): Observation {
    const { clock } = this.#parts;
    const { declaration } = this.#list;
    const edges: readonly Edge[] = windows.flatMap((window) => window.edges);
    const sentAt = Math.min(...windows.map((window) => window.sentAt));
    const isWhole = windows.at(-1)?.pageInfo.hasNextPage === false;
    return new Observation(declaration, this.#events, edges, {
      isWhole,
      isDeepest: isWhole || isLast,
      sentAt,
      asOf: instantOf(clock, sentAt),
    });
  }
}
