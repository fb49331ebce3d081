import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { errorBody, JSON_TYPE } from '../error-body.js';
import type { Parts, Responder } from '../responder.js';

/** What an answer of Yoga's has, whichever class it is of. */
export interface YogaResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: () => Promise<string>;
  readonly body: unknown;
}

/** An answer in parts is a stream, every other one is text. */
const PARTS = /^(?:multipart\/mixed|text\/event-stream)\b/;

/** Of an answer in parts, what is for Node to say: and `none`, which Yoga sets, is no content coding. */
const NODES_HEADERS = new Set(['connection', 'transfer-encoding', 'content-encoding']);

/** Messages for errors that Yoga answers without a body. */
const MESSAGES: Readonly<Record<number, string>> = {
  415: 'Expected a body of type application/json.',
};

/** Sends what Yoga has answered. */
export async function sendYogaResponse(
  responder: Responder,
  res: ServerResponse,
  answer: YogaResponse,
): Promise<void> {
  const { status, body } = answer;
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  if (PARTS.test(String(headers['content-type'] ?? ''))) {
    for (const name of NODES_HEADERS) delete headers[name];
    responder.stream(res, status, headers, body as Parts);
    return;
  }
  const text = await answer.text();
  if (text !== '' || status < 400) {
    responder.send(res, { status, headers, body: text });
    return;
  }
  const message = MESSAGES[status] ?? 'Expected a request of GraphQL over HTTP.';
  responder.send(res, {
    status,
    headers: { ...headers, 'content-type': JSON_TYPE },
    body: errorBody(status, message),
  });
}
