import type { ExecutionResult } from 'graphql';
import type { FetchAPI } from 'graphql-yoga';
import type { EventsType } from '../../../http/response-types.js';

/** Time without an event after which a client gets a sign of life, in milliseconds. */
const SIGN_OF_LIFE_MS = 10_000;

/** How events are written. */
interface EventsFormat {
  readonly contentType: string;
  readonly signOfLife: string;
  readonly event: (json: string) => string;
  readonly end: string;
}

const PART = '\r\n--graphql\r\ncontent-type: application/json\r\n\r\n';

const FORMATS: Readonly<Record<EventsType, EventsFormat>> = {
  // https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md, "distinct connections mode"
  'text/event-stream': {
    contentType: 'text/event-stream',
    signOfLife: ':\n\n',
    event: (json) => `event: next\ndata: ${json}\n\n`,
    end: 'event: complete\ndata:\n\n',
  },
  // https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
  'multipart/mixed': {
    contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
    signOfLife: `${PART}{}`,
    event: (json) => `${PART}{"payload":${json}}`,
    end: '\r\n--graphql--\r\n',
  },
};

/**
 * Creates the response to a subscription: its events, each when the client has read those before, and signs of life. Yoga's
 * own one has no format that Apollo Client reads, and leaves the subscription open if the client accepts no format.
 *
 * @param results - is asked for the next event when the client is ready for it, and ended when the client disconnects
 */
export function eventResponse(
  results: AsyncIterable<ExecutionResult>,
  type: EventsType,
  { Response }: Pick<FetchAPI, 'Response'>,
): Response {
  const { contentType, signOfLife, event, end } = FORMATS[type];
  const events = results[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let timer: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = () => controller.enqueue(encoder.encode(signOfLife));
      // Some clients take a response for one only when its first bytes have arrived.
      write();
      // For a client that does not read, they would add up.
      timer = setInterval(() => (controller.desiredSize ?? 0) > 0 && write(), SIGN_OF_LIFE_MS);
    },
    async pull(controller) {
      const next = await events.next();
      if (next.done === true) {
        clearInterval(timer);
        controller.enqueue(encoder.encode(end));
        controller.close();
        return;
      }
      const { data, errors, extensions } = next.value;
      controller.enqueue(encoder.encode(event(JSON.stringify({ data, errors, extensions }))));
    },
    async cancel() {
      clearInterval(timer);
      await events.return?.();
    },
  });
  const headers = { 'content-type': contentType, 'cache-control': 'no-cache' };
  return new Response(body, { status: 200, headers });
}
