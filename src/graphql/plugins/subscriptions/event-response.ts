import type { ExecutionResult } from 'graphql';
import type { FetchAPI } from 'graphql-yoga';
import type { EventStreamType } from '../../../http/response-types.js';
import { publicResult } from './public-result.js';

/** How often a keep-alive is sent, so that proxies do not close a connection without events, in milliseconds. */
const KEEP_ALIVE_MS = 10_000;

/** How events are written. */
interface EventsFormat {
  readonly contentType: string;
  /** What precedes everything else. */
  readonly start: string;
  readonly keepAlive: string;
  readonly event: (json: string) => string;
  readonly end: string;
}

const DELIMITER = '\r\n--graphql';

/** A client knows that a part is complete by the delimiter after it, so each part is sent with that one. */
function part(json: string): string {
  return `\r\ncontent-type: application/json\r\n\r\n${json}${DELIMITER}`;
}

const FORMATS: Readonly<Record<EventStreamType, EventsFormat>> = {
  // https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md, "distinct connections mode"
  'text/event-stream': {
    contentType: 'text/event-stream',
    start: '',
    keepAlive: ':\n\n',
    event: (json) => `event: next\ndata: ${json}\n\n`,
    end: 'event: complete\ndata:\n\n',
  },
  // https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
  'multipart/mixed': {
    contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
    start: DELIMITER,
    keepAlive: part('{}'),
    event: (json) => part(`{"payload":${json}}`),
    end: '--\r\n',
  },
};

/**
 * Creates the response to a subscription: its events, each when the client has read those before, and keep-alives. Yoga's
 * own one has no format that Apollo Client reads, and leaves the subscription open if the client accepts no format.
 *
 * @param results - is asked for the next event when the client is ready for it, and ended when the client disconnects
 */
export function eventResponse(
  results: AsyncIterable<ExecutionResult>,
  type: EventStreamType,
  { Response }: Pick<FetchAPI, 'Response'>,
): Response {
  const { contentType, start, keepAlive, event, end } = FORMATS[type];
  const events = results[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let timer: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // Some clients take a response for one only when its first bytes have arrived.
      controller.enqueue(encoder.encode(start + keepAlive));
      const bytes = encoder.encode(keepAlive);
      // For a client that does not read, they would add up.
      timer = setInterval(
        () => (controller.desiredSize ?? 0) > 0 && controller.enqueue(bytes),
        KEEP_ALIVE_MS,
      );
    },
    async pull(controller) {
      const next = await events.next();
      if (next.done === true) {
        clearInterval(timer);
        controller.enqueue(encoder.encode(end));
        controller.close();
        return;
      }
      controller.enqueue(encoder.encode(event(JSON.stringify(publicResult(next.value)))));
    },
    async cancel() {
      clearInterval(timer);
      await events.return?.();
    },
  });
  // nginx would hold events back in a buffer.
  const headers = { 'content-type': contentType, 'cache-control': 'no-cache', 'x-accel-buffering': 'no' };
  return new Response(body, { status: 200, headers });
}
