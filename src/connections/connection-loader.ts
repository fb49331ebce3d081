import DataLoader from 'dataloader';
import { type ConnectionArguments, readArguments, type WindowRequest } from '../pagination/arguments.js';
import { CursorCodec, CursorError } from '../pagination/cursor/codec.js';
import type { CursorSigner } from '../pagination/cursor/signer.js';
import type { CursorPosition } from '../pagination/position.js';
import { backward } from '../pagination/walk/backward.js';
import { forward } from '../pagination/walk/forward.js';
import { firstOf, lastOf, type Window } from '../pagination/walk/window.js';
import type { AnyRecord } from '../resources/any-record.js';
import type { ListDeclaration } from '../resources/define.js';
import { Connection } from './connection.js';
import { cursorKey, type ListRequest } from './list-request.js';
import type { OpenList, PageLoader } from './page-loader.js';
import {
  runWalk,
  type Walked,
  type WalkLimits,
  type WalkServices,
  wholeListPlan,
  windowPlan,
} from './walk-runner.js';
import { walkWithin } from './walk-span.js';

type WindowOutcome = Walked<Window<AnyRecord>> | null | Error;

/** A window as it is requested, its cursors decoded. */
interface WindowKey {
  readonly list: ListRequest;
  readonly open: OpenList;
  /** Identifies the list and the filter. */
  readonly key: string;
  readonly request: WindowRequest;
  readonly after: CursorPosition | null;
  readonly before: CursorPosition | null;
}

/** Loads windows of lists within one operation. */
export class ConnectionLoader {
  readonly #pages: PageLoader;
  readonly #signer: CursorSigner;
  readonly #walks: WalkServices;
  readonly #limits: WalkLimits;
  readonly #connections = new Map<string, Promise<Connection | null>>();
  readonly #windows = new DataLoader<WindowKey, Walked<Window<AnyRecord>> | null>(
    (keys) => this.#loadAll(keys),
    {
      // Connections are memoized instead.
      cache: false,
    },
  );

  /**
   * @param walks - outlive the operation
   * @param limits - read when a walk begins
   */
  constructor(pages: PageLoader, signer: CursorSigner, walks: WalkServices, limits: WalkLimits) {
    this.#pages = pages;
    this.#signer = signer;
    this.#walks = walks;
    this.#limits = limits;
  }

  /**
   * Loads a window of a list.
   *
   * @param window - Relay's connection arguments
   * @returns `null` if the upstream does not know the list's parent
   * @throws {ArgumentError}, {InvalidArgumentError} or {CursorError} for invalid arguments, before any request is sent
   */
  load(list: ListRequest, window: ConnectionArguments): Promise<Connection | null> {
    const { first, after = null, last, before = null } = window;
    const key = cursorKey(list);
    const hasCursor = after !== null || before !== null;
    const connectionKey = hasCursor
      ? JSON.stringify([key, first, after, last, before])
      : `${key} ${first} ${last}`;
    let connection = this.#connections.get(connectionKey);
    if (connection === undefined) {
      connection = this.#load(list, key, window);
      this.#connections.set(connectionKey, connection);
    }
    return connection;
  }

  async #load(list: ListRequest, key: string, args: ConnectionArguments): Promise<Connection | null> {
    const request = readArguments(args);
    const open = this.#pages.open(list);
    const cursors = new CursorCodec(this.#signer, key);
    const after = decodeCursor(list.declaration, cursors, 'after', request.after);
    const before = decodeCursor(list.declaration, cursors, 'before', request.before);
    const walked = await this.#windows.load({ list, open, key, request, after, before });
    return walked === null ? null : new Connection({ request: list, cursors }, walked.value, walked.sentAt);
  }

  #loadAll(keys: readonly WindowKey[]): Promise<WindowOutcome[]> {
    const [only] = keys;
    return keys.length === 1 && only !== undefined
      ? this.#walk(only).then((window) => [window])
      : this.#loadMany(keys);
  }

  /** Windows that start at the same point are one walk, the longest; the others are slices of it. */
  async #loadMany(keys: readonly WindowKey[]): Promise<WindowOutcome[]> {
    const longest = new Map<string, WindowKey>();
    for (const key of keys) {
      const start = startKey(key);
      if (key.request.count >= (longest.get(start)?.request.count ?? 0)) longest.set(start, key);
    }
    const walks = new Map<string, Promise<WindowOutcome>>();
    for (const [start, key] of longest) walks.set(start, this.#walk(key));
    const windows = new Map<string, WindowOutcome>();
    for (const [start, walk] of walks) windows.set(start, await walk);
    return keys.map((key) => {
      const walked = windows.get(startKey(key)) ?? null;
      if (walked === null || walked instanceof Error) return walked;
      const { direction, count } = key.request;
      const cut = direction === 'forward' ? firstOf : lastOf;
      return { ...walked, value: cut(walked.value, count) };
    });
  }

  #walk({ list, open, request, after, before }: WindowKey): Promise<WindowOutcome> {
    const { count, direction } = request;
    const plan =
      list.filter === null
        ? windowPlan(list, open, this.#pages)
        : wholeListPlan(list, open, this.#pages, this.#limits);
    const walk = direction === 'forward' ? forward : backward;
    return walkWithin(this.#pages.span, direction, plan, (whole) =>
      runWalk(whole, this.#walks, (settings) => walk({ count, after, before }, settings)),
    );
  }
}

function decodeCursor(
  { noun }: ListDeclaration,
  cursors: CursorCodec,
  argument: 'after' | 'before',
  text: string | null,
): CursorPosition | null {
  if (text === null) return null;
  try {
    const position = cursors.decode(text);
    if (argument === 'before' && position.previousRecord === null) {
      throw new CursorError('it stands at no record, so that only `after` can continue from it');
    }
    return position;
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    throw new CursorError(
      `Invalid \`${argument}\` cursor for ${noun}: ${error.message}. Pass the \`cursor\` of an edge of this connection.`,
    );
  }
}

function startKey({ key, request: { direction, after, before } }: WindowKey): string {
  return `${key} ${direction} ${after ?? ''} ${before ?? ''}`;
}
