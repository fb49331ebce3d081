import type { SessionsPageQuery, SessionsPageQueryVariables } from '../graphql/graphql.js';
import { SessionsPage } from './documents.js';
import type { Answer, TestGateway } from './gateway.js';

type Sim = NonNullable<SessionsPageQuery['sim']>;
export type Window = NonNullable<Sim['dataSessions']>;
export type WindowArguments = Omit<SessionsPageQueryVariables, 'sid'>;

/** A window and its upstream requests. */
export interface FetchedWindow extends Window {
  readonly answer: Answer<SessionsPageQuery>;
}

/** Fetches a window of sessions of an existing SIM. */
export async function fetchWindow(
  gateway: TestGateway,
  sid: string,
  args: WindowArguments = {},
): Promise<FetchedWindow> {
  const answer = await gateway.send(SessionsPage, { sid, ...args });
  const window = answer.data?.sim?.dataSessions;
  if (answer.errors !== undefined || !window) throw new Error(`no window: ${answer.text.slice(0, 500)}`);
  return { ...window, answer };
}

/**
 * Paginates from the start of the list to its end.
 *
 * @param sizes - sizes of the windows, in rotation
 * @param between - awaited after each window
 */
export async function walkForward(
  gateway: TestGateway,
  sid: string,
  sizes: readonly number[],
  between: () => unknown = () => {},
): Promise<FetchedWindow[]> {
  const windows: FetchedWindow[] = [];
  let after: string | null = null;
  for (let step = 0; ; step += 1) {
    const window: FetchedWindow = await fetchWindow(gateway, sid, {
      first: sizes[step % sizes.length] ?? 50,
      after,
    });
    windows.push(window);
    if (!window.pageInfo.hasNextPage) return windows;
    after = window.pageInfo.endCursor;
    await between();
  }
}

export function nodesOf(windows: readonly Window[]) {
  return windows.flatMap(({ edges }) => edges.map(({ node }) => node));
}

export function requestsOf(windows: readonly FetchedWindow[]): number {
  return windows.reduce((sum, { answer }) => sum + answer.upstreamRequests.length, 0);
}

/** Returns the cursor of the edge at an index of a window. */
export function cursorAt({ edges }: Window, index: number): string {
  const cursor = edges.at(index)?.cursor;
  if (cursor === undefined) throw new RangeError(`the window has no edge ${index}`);
  return cursor;
}
