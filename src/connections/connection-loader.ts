import DataLoader from 'dataloader';
import { type ConnectionArguments, readArguments, type WindowRequest } from '../pagination/arguments.js';
import { CursorCodec, CursorError } from '../pagination/cursor/codec.js';
import type { CursorSigner } from '../pagination/cursor/signer.js';
import { type Page, type PageRef, pageKey } from '../pagination/page.js';
import type { CursorPosition } from '../pagination/position.js';
import { backward } from '../pagination/walk/backward.js';
import { forward } from '../pagination/walk/forward.js';
import type { PageTokenRejected, Walk, WalkSettings } from '../pagination/walk/walker.js';
import { firstOf, lastOf, type Window } from '../pagination/walk/window.js';
import { type AnyRecord, type ListArguments, type ListDeclaration, listKey } from '../resources/define.js';
import { UpstreamError } from '../upstream/errors.js';
import type { RequestScope, Upstream, UpstreamList } from '../upstream/upstream.js';
import { Connection } from './connection.js';
import { fingerprintOf } from './identity.js';

/** KORE's code for paging information that it does not accept, whatever status it comes with. */
const KORE_PAGING_INVALID = 33103;

type AnyWindow = Window<AnyRecord>;

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
  readonly #pages = new Map<string, Promise<Page<AnyRecord> | PageTokenRejected | null>>();
  readonly #connections = new Map<string, Promise<Connection | null>>();
  readonly #windows = new DataLoader<WindowKey, AnyWindow | null>((keys) => this.#loadAll(keys), {
    // Connections are memoized instead.
    cache: false,
  });

  constructor(upstream: Upstream, scope: RequestScope, signer: CursorSigner) {
    this.#upstream = upstream;
    this.#scope = scope;
    this.#signer = signer;
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
    const settings = walkSettings(list.declaration);
    try {
      const walk: Walk<AnyRecord, AnyWindow> =
        request.direction === 'forward'
          ? forward({ count, after, before }, settings)
          : backward({ count, after, before }, settings);
      let step = walk.next();
      while (!step.done) {
        const page = await this.#page(list, key, step.value);
        if (page === null) return null;
        step = walk.next(page);
      }
      return step.value;
    } catch (error) {
      return error as Error;
    }
  }

  #page(
    list: UpstreamList,
    listKey: string,
    ref: PageRef,
  ): Promise<Page<AnyRecord> | PageTokenRejected | null> {
    const key = `${listKey} ${pageKey(ref)}`;
    let page = this.#pages.get(key);
    if (page === undefined) {
      const loaded = this.#upstream.page(list, ref, this.#scope);
      page = ref.token === null ? loaded : loaded.catch(rejectionOf);
      this.#pages.set(key, page);
    }
    return page;
  }
}

const settingsByList = new WeakMap<ListDeclaration, WalkSettings<AnyRecord>>();

function walkSettings(list: ListDeclaration): WalkSettings<AnyRecord> {
  let settings = settingsByList.get(list);
  if (settings === undefined) {
    settings = { fingerprintOf: fingerprintOf(list.resource), budget: list.pageBudget };
    settingsByList.set(list, settings);
  }
  return settings;
}

/** A page token that the upstream rejects is part of paging, not a failure: another strategy may remain. */
function rejectionOf(error: unknown): PageTokenRejected {
  if (error instanceof UpstreamError) {
    const { status, code } = error.facts;
    if (status === 400 || code === KORE_PAGING_INVALID) return { rejection: error };
  }
  throw error;
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
