import DataLoader from 'dataloader';
import { type ConnectionArguments, readArguments, type WindowRequest } from '../pagination/arguments.js';
import { CursorCodec, CursorError } from '../pagination/cursor/codec.js';
import type { CursorSigner } from '../pagination/cursor/signer.js';
import { firstPageRef, type Page, type PageRef, smallerSize } from '../pagination/page.js';
import type { CursorPosition } from '../pagination/position.js';
import { backward } from '../pagination/walk/backward.js';
import { forward } from '../pagination/walk/forward.js';
import type { PageTokenRejected, Walk, WalkSettings } from '../pagination/walk/walker.js';
import { firstOf, lastOf, type Window } from '../pagination/walk/window.js';
import { type AnyRecord, type ListArguments, type ListDeclaration, listKey } from '../resources/define.js';
import { pageQuery } from '../upstream/decode/page-url.js';
import type { RequestScope, Upstream, UpstreamList } from '../upstream/upstream.js';
import { Connection } from './connection.js';
import { fingerprintOf } from './identity.js';
import type { PageSizes } from './page-sizes.js';
import { mayMeanNoList, rejectedSize, rejectedToken } from './token-rejections.js';

type AnyWindow = Window<AnyRecord>;

/** A page, or why it was rejected; `null` if the upstream does not know the list's parent. */
type PageOutcome = Page<AnyRecord> | PageTokenRejected | null;

/** A window as it is requested, its cursors decoded. */
interface WindowKey {
  readonly list: UpstreamList;
  /** Identifies the list. */
  readonly key: string;
  readonly request: WindowRequest;
  readonly after: CursorPosition | null;
  readonly before: CursorPosition | null;
}

/** Loads windows of lists within one operation. No page is requested twice. */
export class ConnectionLoader {
  readonly #upstream: Upstream;
  readonly #scope: RequestScope;
  readonly #signer: CursorSigner;
  readonly #sizes: PageSizes;
  readonly #pages = new Map<string, Promise<PageOutcome>>();
  readonly #connections = new Map<string, Promise<Connection | null>>();
  readonly #windows = new DataLoader<WindowKey, AnyWindow | null>((keys) => this.#loadAll(keys), {
    // Connections are memoized instead.
    cache: false,
  });

  /** @param sizes - outlives the operation */
  constructor(upstream: Upstream, scope: RequestScope, signer: CursorSigner, sizes: PageSizes) {
    this.#upstream = upstream;
    this.#scope = scope;
    this.#signer = signer;
    this.#sizes = sizes;
  }

  /**
   * Loads a window of a list.
   *
   * @param parentSid - empty for a list of `Query`
   * @param args - evaluated by the upstream
   * @param window - Relay's connection arguments
   * @returns `null` if the upstream does not know the list's parent
   * @throws {ArgumentError} or {CursorError} for invalid arguments, before any request is sent
   */
  load(
    declaration: ListDeclaration,
    parentSid: string,
    args: ListArguments,
    window: ConnectionArguments,
  ): Promise<Connection | null> {
    const { first, after = null, last, before = null } = window;
    const key = listKey(declaration, parentSid, args);
    const hasCursor = after !== null || before !== null;
    const connectionKey = hasCursor
      ? JSON.stringify([key, first, after, last, before])
      : `${key} ${first} ${last}`;
    let connection = this.#connections.get(connectionKey);
    if (connection === undefined) {
      connection = this.#load({ declaration, parentSid, args }, key, window);
      this.#connections.set(connectionKey, connection);
    }
    return connection;
  }

  async #load(list: UpstreamList, key: string, args: ConnectionArguments): Promise<Connection | null> {
    const { declaration, parentSid } = list;
    const request = readArguments(args);
    const cursors = new CursorCodec(this.#signer, key);
    const after = decodeCursor(declaration, cursors, 'after', request.after);
    const before = decodeCursor(declaration, cursors, 'before', request.before);
    const window = await this.#windows.load({ list, key, request, after, before });
    return window === null ? null : new Connection({ declaration, parentSid, cursors }, window);
  }

  #loadAll(keys: readonly WindowKey[]): Promise<(AnyWindow | null | Error)[]> {
    const [only] = keys;
    return keys.length === 1 && only !== undefined
      ? this.#walk(only).then((window) => [window])
      : this.#loadMany(keys);
  }

  /** Windows that start at the same point are one walk, the longest; the others are slices of it. */
  async #loadMany(keys: readonly WindowKey[]): Promise<(AnyWindow | null | Error)[]> {
    const longest = new Map<string, WindowKey>();
    for (const key of keys) {
      const start = startKey(key);
      if (key.request.count >= (longest.get(start)?.request.count ?? 0)) longest.set(start, key);
    }
    const walks = new Map<string, Promise<AnyWindow | null | Error>>();
    for (const [start, key] of longest) walks.set(start, this.#walk(key));
    const windows = new Map<string, AnyWindow | null | Error>();
    for (const [start, walk] of walks) windows.set(start, await walk);
    return keys.map((key) => {
      const window = windows.get(startKey(key)) ?? null;
      if (window === null || window instanceof Error) return window;
      const { direction, count } = key.request;
      return direction === 'forward' ? firstOf(window, count) : lastOf(window, count);
    });
  }

  /** Reads a window. @returns an error as a value, because a batch settles its windows one by one */
  async #walk({ list, key, request, after, before }: WindowKey): Promise<AnyWindow | null | Error> {
    const { count } = request;
    const { declaration } = list;
    const size = this.#sizes.of(key);
    const settings: WalkSettings<AnyRecord> = {
      fingerprintOf: fingerprintOf(declaration.resource),
      budget: declaration.pageBudget,
      ...size,
    };
    const walk: Walk<AnyRecord, AnyWindow> =
      request.direction === 'forward'
        ? forward({ count, after, before }, settings)
        : backward({ count, after, before }, settings);
    const seen = { page: false, absence: false, smaller: null as number | null, everySizeRejected: false };
    let outcome: AnyWindow | Error;
    try {
      let step = walk.next();
      while (!step.done) {
        const page = await this.#page(list, key, step.value);
        if (page === null) return null;
        if (!('rejection' in page)) {
          seen.page = true;
        } else if (step.value.token !== null) {
          seen.absence ||= mayMeanNoList(page);
        } else {
          const smaller = smallerSize(step.value.size);
          seen.smaller = smaller ?? seen.smaller;
          seen.everySizeRejected = smaller === null;
        }
        step = walk.next(page);
      }
      outcome = step.value;
    } catch (error) {
      outcome = error as Error;
    }
    if (seen.smaller !== null && size.retrySmaller) {
      if (seen.page) this.#sizes.rememberLargest(key, seen.smaller);
      else if (seen.everySizeRejected) this.#sizes.rememberRejection(key);
    }
    return outcome instanceof Error && seen.absence && !seen.page
      ? this.#unlessGone(list, key, outcome)
      : outcome;
  }

  /**
   * Tells an expired page token from a parent that no longer exists, where the upstream's response can mean either: only
   * the first page of the list says which.
   *
   * @returns `null` if the upstream does not know the parent; the error if it does; else why that is not known
   */
  async #unlessGone(list: UpstreamList, key: string, error: Error): Promise<null | Error> {
    try {
      const head = await this.#page(list, key, firstPageRef(1));
      if (head === null) return null;
      return 'rejection' in head ? head.rejection : error;
    } catch (unknown) {
      return unknown as Error;
    }
  }

  #page(list: UpstreamList, listKey: string, ref: PageRef): Promise<PageOutcome> {
    const key = `${listKey} ${pageQuery(ref)}`;
    let page = this.#pages.get(key);
    if (page === undefined) {
      const loaded = this.#upstream.page(list, ref, this.#scope);
      page = loaded.catch(ref.token === null ? rejectedSize : rejectedToken);
      this.#pages.set(key, page);
    }
    return page;
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
