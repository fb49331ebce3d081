import { Readable } from 'node:stream';
import type { GraphQLFormattedError } from 'graphql';

/** A result of a subscription, as a client receives it. */
export interface EventResult {
  readonly data?: Readonly<Record<string, never>> | null;
  readonly errors?: readonly (GraphQLFormattedError & { readonly extensions: { readonly code: string } })[];
}

/** A response in Server-Sent Events, read one event after another. */
export interface EventStream {
  readonly status: number;
  readonly headers: Headers;
  /** Resolves with the next result; `null`: the server has completed the subscription. Rejects if it broke off. */
  next(): Promise<EventResult | null>;
  /** Disconnects. */
  close(): void;
}

/** Sends an operation and reads its response as events; a response in one part is an event of its own. */
export async function openEvents(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify(body),
    signal: abort.signal,
  });
  const blocks = response.headers.get('content-type')?.startsWith('text/event-stream')
    ? blocksOf(response)
    : whole(response);
  return {
    status: response.status,
    headers: response.headers,
    async next() {
      const { value, done } = await blocks.next();
      if (done) throw new Error('the response ended before the subscription was complete');
      return value;
    },
    close: () => abort.abort(),
  };
}

async function* whole(response: Response): AsyncGenerator<EventResult | null, undefined> {
  yield (await response.json()) as EventResult;
  yield null;
  return undefined;
}

async function* blocksOf({ body }: Response): AsyncGenerator<EventResult | null, undefined> {
  let text = '';
  const decoder = new TextDecoder();
  if (body === null) return undefined;
  for await (const chunk of Readable.fromWeb(body as never)) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      if (block.startsWith('event: complete')) yield null;
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield JSON.parse(data) as EventResult;
    }
  }
  return undefined;
}
