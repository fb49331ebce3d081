import { type Answer, errorBody, jsonAnswer } from './answer.js';
import type { Fault } from './faults.js';

const CODES: Readonly<Record<number, number>> = {
  400: 20001,
  401: 20003,
  404: 20404,
  405: 20004,
  429: 20429,
};

/** Returns the response that a fault sends in place of the regular one. */
export function faultAnswer(
  fault: Extract<Fault, { kind: 'status' | 'maxPageSize' | 'html' | 'empty' | 'redirect' }>,
): Answer {
  switch (fault.kind) {
    case 'status':
      return statusAnswer(fault);
    case 'maxPageSize':
      return statusAnswer({ kind: 'status', status: fault.status ?? 500 });
    case 'html':
      return html(200, '<!doctype html><title>Maintenance</title><h1>We will be right back</h1>');
    case 'empty':
      return { status: fault.status, headers: {}, body: null };
    case 'redirect':
      return { status: fault.status ?? 302, headers: { location: fault.location }, body: null };
  }
}

function statusAnswer({ status, code, retryAfter, body }: Extract<Fault, { kind: 'status' }>): Answer {
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  if (typeof body === 'string') return { ...html(status, body), headers };
  const json = body ?? errorBody(status, code ?? CODES[status] ?? 20000 + status, `Answered with ${status}`);
  return jsonAnswer(status, json, headers);
}

function html(status: number, text: string): Answer {
  return { status, headers: {}, body: { text, type: 'text/html; charset=utf-8' } };
}
