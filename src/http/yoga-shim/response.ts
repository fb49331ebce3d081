import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { errorBody, JSON_TYPE } from '../error-body.js';
import type { Parts, Responder } from '../responder.js';

/** A response of Yoga, of any class. */
export interface YogaResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: () => Promise<string>;
  readonly body: unknown;
}

/** A response in parts is a stream; every other response is text. */
const PARTS = /^(?:multipart\/mixed|text\/event-stream)\b/;

/** Headers of a response in parts that Node sets. Yoga sets the content coding `none`, which does not exist. */
const NODES_HEADERS = new Set(['connection', 'transfer-encoding', 'content-encoding']);

/** Messages for errors that Yoga returns without a body. */
const MESSAGES: Readonly<Record<number, string>> = {
  // An error of a subscription whose client accepts no type that an error can have.
  406: 'Expected application/json, or a type for the events of a subscription: text/event-stream or multipart/mixed;subscriptionSpec=1.0.',
  415: 'Expected a body of type application/json.',
};

/**
 * Sends a response of Yoga.
 *
 * @param compressesParts - whether a response in parts may be compressed
 */
export async function sendYogaResponse(
  responder: Responder,
  res: ServerResponse,
  answer: YogaResponse,
  compressesParts: boolean,
): Promise<void> {
  const { status, body } = answer;
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  if (PARTS.test(String(headers['content-type'] ?? ''))) {
    for (const name of NODES_HEADERS) delete headers[name];
    responder.stream(res, status, headers, body as Parts, compressesParts);
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
