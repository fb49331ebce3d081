import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, ApiError } from './answer.js';
import { faultAnswer } from './fault-answers.js';
import { type Fault, isReplacing } from './faults.js';
import type { OpenEntry } from './request-log.js';
import type { WireRecord } from './wire.js';
import { withWireChanges } from './wire-changes.js';

/** A request in flight with its log entry and its faults. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: OpenEntry;
  readonly faults: readonly Fault[];
  /** Number of requests in flight, including this one. */
  readonly inFlight: number;
  /** Whether the sandbox broke the connection. */
  severed: boolean;
}

/** Creates the log entry of a request. */
export function entryFor(request: IncomingMessage): OpenEntry {
  const [path = '', ...query] = (request.url ?? '').split('?');
  return {
    method: request.method ?? '',
    path,
    query: new URLSearchParams(query.join('?')),
    at: performance.now(),
    requestId: `RQ${randomUUID().replaceAll('-', '')}`,
    status: null,
    aborted: false,
  };
}

/**
 * Sends the response, or applies the faults.
 *
 * @param latencyMs - delay of each response
 * @param answer - creates the regular response; called after the delay, so that it shows the data of that time
 */
export async function answerExchange(
  exchange: Exchange,
  latencyMs: number,
  answer: () => Answer | Promise<Answer>,
): Promise<void> {
  const { request, response, faults } = exchange;
  await delay(faults, latencyMs);
  if (response.destroyed) return;
  const replacing = faults.find(isReplacing);
  if (replacing === undefined) return send(exchange, await realAnswer(answer, faults));
  switch (replacing.kind) {
    case 'hang':
      return;
    case 'reset':
      exchange.severed = true;
      request.socket.resetAndDestroy();
      return;
    case 'truncate':
      return send(exchange, await realAnswer(answer, faults), replacing.what);
    default:
      return send(exchange, faultAnswer(replacing));
  }
}

/**
 * Sends a response.
 *
 * @param cut - `connection`: breaks the connection within the body; `json`: truncates the JSON
 */
export function send(exchange: Exchange, answer: Answer, cut?: 'connection' | 'json'): void {
  const { response, entry, inFlight } = exchange;
  const { status, headers, body } = answer;
  const bytes = Buffer.from(
    body === null ? '' : 'json' in body ? (JSON.stringify(body.json) ?? '') : body.text,
  );
  const half = bytes.subarray(0, bytes.length / 2);
  const wire = withWireChanges(cut === 'json' ? half : bytes, exchange.request.headers, exchange.faults);
  entry.status = status;
  response.writeHead(status, {
    ...(body !== null && { 'content-type': 'json' in body ? 'application/json' : body.type }),
    ...(status !== 204 && { 'content-length': wire.bytes.length }),
    'twilio-request-id': entry.requestId,
    'twilio-concurrent-requests': inFlight,
    ...headers,
    ...wire.headers,
  });
  if (cut === 'connection') {
    exchange.severed = true;
    response.write(half, () => response.destroy());
  } else {
    response.end(wire.bytes);
  }
}

async function delay(faults: readonly Fault[], latencyMs: number): Promise<void> {
  let ms = latencyMs;
  for (const fault of faults) {
    if (fault.kind === 'latency') ms += fault.ms;
    if (fault.kind === 'hold') await Promise.allSettled([fault.until]);
  }
  // A delayed response must not keep the process alive.
  if (ms > 0) await sleep(ms, undefined, { ref: false });
}

async function realAnswer(answer: () => Answer | Promise<Answer>, faults: readonly Fault[]): Promise<Answer> {
  const real = await attempt(answer);
  return attempt(() => mutated(real, faults));
}

async function attempt(answer: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof ApiError) return error.answer;
    return new ApiError(500, 20500, `The sandbox failed: ${error}`).answer;
  }
}

function mutated(answer: Answer, faults: readonly Fault[]): Answer {
  let { body } = answer;
  for (const fault of faults) {
    if (fault.kind !== 'mutate' || body === null || !('json' in body)) continue;
    const copy: WireRecord = JSON.parse(JSON.stringify(body.json));
    body = { json: fault.mutate(copy) };
  }
  return { ...answer, body };
}
