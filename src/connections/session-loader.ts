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
import type { DataSession } from '../resources/records.js';
import { pageQuery } from '../upstream/decode/page-url.js';
import type { RequestScope, Upstream } from '../upstream/upstream.js';
import type { PageSizes } from './page-sizes.js';
import { SessionConnection } from './session-connection.js';
import { sessionFingerprint } from './session-identity.js';
import { mayMeanNoList, refusedSize, refusedToken } from './token-rejections.js';

/**
 * Upstream pages that one window may read: 25,000 records, which is more than a SIM opens in the 30 days that
 * the upstream keeps sessions for, and few enough that one field cannot tie the upstream up.
 */
export const PAGE_BUDGET = 25;

/** A window as it is asked for, its cursors already read. */
interface ConnectionKey {
  readonly simSid: string;
  readonly request: WindowRequest;
  readonly after: CursorPosition | null;
  readonly before: CursorPosition | null;
}

/** Loads windows of data sessions within one operation: no page is asked for twice. */
export class SessionLoader {
  readonly #upstream: Upstream;
  readonly #scope: RequestScope;
  readonly #signer: CursorSigner;
  readonly #sizes: PageSizes;
  readonly #pages = new Map<string, Promise<Page<DataSession> | PageTokenRejected | null>>();
  readonly #connections = new Map<string, Promise<SessionConnection | null>>();
  readonly #windows = new DataLoader<ConnectionKey, Window<DataSession> | null>(
    (keys) => this.#loadAll(keys),
    {
      // What is loaded is remembered as a connection.
      cache: false,
    },
  );

  /**
   * @param sealer - of cursors
   * @param sizes - outlives the operation
   */
  constructor(upstream: Upstream, scope: RequestScope, sealer: CursorSigner, sizes: PageSizes) {
    this.#sizes = sizes;
    this.#upstream = upstream;
    this.#scope = scope;
    this.#signer = sealer;
  }

  /**
   * Loads a window of a SIM's data sessions.
   *
   * @returns `null` when the upstream knows no such SIM
   * @throws {ArgumentError} or {CursorError}, before anything is asked for, when the arguments make no sense
   */
  load(simSid: string, args: ConnectionArguments): Promise<SessionConnection | null> {
    const { first, after = null, last, before = null } = args;
    const hasCursor = after !== null || before !== null;
    const key = hasCursor
      ? JSON.stringify([simSid, first, after, last, before])
      : `${simSid} ${first} ${last}`;
    let connection = this.#connections.get(key);
    if (connection === undefined) {
      connection = this.#load(simSid, args);
      this.#connections.set(key, connection);
    }
    return connection;
  }

  async #load(simSid: string, args: ConnectionArguments): Promise<SessionConnection | null> {
    const request = readArguments(args);
    const cursors = new CursorCodec(this.#signer, simSid);
    const after = readCursor(cursors, 'after', request.after);
    const before = readCursor(cursors, 'before', request.before);
    const window = await this.#windows.load({ simSid, request, after, before });
    return window === null ? null : new SessionConnection(simSid, window, cursors);
  }

  #loadAll(keys: readonly ConnectionKey[]): Promise<(Window<DataSession> | null | Error)[]> {
    const [only] = keys;
    return keys.length === 1 && only !== undefined
      ? this.#walk(only).then((window) => [window])
      : this.#loadMany(keys);
  }

  /** Windows that start at the same place are one walk, the longest; the others are its beginning. */
  async #loadMany(keys: readonly ConnectionKey[]): Promise<(Window<DataSession> | null | Error)[]> {
    const longest = new Map<string, ConnectionKey>();
    for (const key of keys) {
      const start = startKey(key.simSid, key.request);
      if (key.request.count >= (longest.get(start)?.request.count ?? 0)) longest.set(start, key);
    }
    const walks = new Map<string, Promise<Window<DataSession> | null | Error>>();
    for (const [start, key] of longest) walks.set(start, this.#walk(key));
    const windows = new Map<string, Window<DataSession> | null | Error>();
    for (const [start, walk] of walks) windows.set(start, await walk);
    return keys.map(({ simSid, request }) => {
      const window = windows.get(startKey(simSid, request)) ?? null;
      if (window === null || window instanceof Error) return window;
      const { direction, count } = request;
      return direction === 'forward' ? firstOf(window, count) : lastOf(window, count);
    });
  }

  /** Reads a window. @returns an error as a value, since nobody may be waiting for it yet */
  async #walk({
    simSid,
    request,
    after,
    before,
  }: ConnectionKey): Promise<Window<DataSession> | null | Error> {
    const { count } = request;
    const size = this.#sizes.of(simSid);
    const settings: WalkSettings<DataSession> = {
      fingerprintOf: sessionFingerprint,
      budget: PAGE_BUDGET,
      ...size,
    };
    const walk: Walk<DataSession, Window<DataSession>> = request.direction === 'forward'
      ? forward({ count, after, before }, settings)
      : backward({ count, after, before }, settings);
    const met = { page: false, absence: false, smaller: null as number | null, everySizeRefused: false };
    let outcome: Window<DataSession> | Error;
    try {
      let step = walk.next();
      while (!step.done) {
        const page = await this.#page(simSid, step.value);
        if (page === null) return null;
        if (!('rejection' in page)) {
          met.page = true;
        } else if (step.value.token !== null) {
          met.absence ||= mayMeanNoList(page);
        } else {
          const smaller = smallerSize(step.value.size);
          met.smaller = smaller ?? met.smaller;
          met.everySizeRefused = smaller === null;
        }
        step = walk.next(page);
      }
      outcome = step.value;
    } catch (error) {
      outcome = error as Error;
    }
    if (met.smaller !== null && size.retrySmaller) {
      if (met.page) this.#sizes.rememberLargest(simSid, met.smaller);
      else if (met.everySizeRefused) this.#sizes.rememberRefusal(simSid);
    }
    return outcome instanceof Error && met.absence && !met.page ? this.#unlessGone(simSid, outcome) : outcome;
  }

  /**
   * Tells an expired page token from a SIM that is gone, where the upstream's answer means either: only the head of the
   * list says which.
   *
   * @returns `null` when the upstream knows no such SIM; the error when it does; else why that cannot be told
   */
  async #unlessGone(simSid: string, error: Error): Promise<null | Error> {
    try {
      const head = await this.#page(simSid, firstPageRef(1));
      if (head === null) return null;
      return 'rejection' in head ? head.rejection : error;
    } catch (unknown) {
      return unknown as Error;
    }
  }

  #page(simSid: string, ref: PageRef): Promise<Page<DataSession> | PageTokenRejected | null> {
    const key = `${simSid} ${pageQuery(ref)}`;
    let page = this.#pages.get(key);
    if (page === undefined) {
      const loaded = this.#upstream.dataSessions(simSid, ref, this.#scope);
      page = loaded.catch(ref.token === null ? refusedSize : refusedToken);
      this.#pages.set(key, page);
    }
    return page;
  }
}

function readCursor(
  cursors: CursorCodec,
  argument: 'after' | 'before',
  text: string | null,
): CursorPosition | null {
  if (text === null) return null;
  try {
    const position = cursors.decode(text);
    if (argument === 'before' && position.previousRecord === null) {
      throw new CursorError('it stands at no record, so that only `after` can go on from it');
    }
    return position;
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    throw new CursorError(
      `\`${argument}\` is no cursor of this SIM's data sessions: ${error.message}. ` +
        'Expected the `cursor` of an edge of the same list',
    );
  }
}

function startKey(simSid: string, { direction, after, before }: WindowRequest): string {
  return `${simSid} ${direction} ${after ?? ''} ${before ?? ''}`;
}
