import { type JsonObject, parseObject } from './decode/json.js';
import { UpstreamError, type UpstreamFacts } from './errors.js';
import type { UpstreamSettings } from './settings.js';
import type { WireAnswer } from './transport.js';

/** A usable answer: of the shape of JSON, and not yet of any record's. */
export interface Answer {
  /** `null`: the upstream knows nothing by the name that was asked for. */
  readonly json: JsonObject | null;
  readonly facts: UpstreamFacts;
  /** What it was read from. */
  readonly wire: WireAnswer;
}

// KORE's own codes; in Twilio's numbering they would mean something else.
const KORE_OVERLOADED = 33004;
const KORE_SIM_NOT_FOUND = 33107;

/**
 * Tells what an HTTP answer means.
 *
 * @throws {UpstreamError} when it brings nothing to decode
 */
export function readAnswer(wire: WireAnswer, dialect: UpstreamSettings['dialect']): Answer {
  const text = wire.body.toString();
  const json = parseObject(text);
  if (wire.status === 200) {
    if (json === null)
      throw failure(wire, null, 'UPSTREAM_BAD_RESPONSE', 'The upstream sent no JSON object.');
    return usable(wire, json);
  }
  const code = wire.status >= 400 ? errorCode(json) : null;
  const koreCode = dialect === 'kore' ? code : null;
  const absent = wire.status === 404 && (json !== null || text.trim() === '');
  if (absent || koreCode === KORE_SIM_NOT_FOUND) return usable(wire, null);
  if (wire.status === 401 || wire.status === 403) {
    throw failure(wire, code, 'UPSTREAM_UNAUTHORIZED', "The upstream refused the gateway's credentials.");
  }
  if (wire.status === 429) {
    throw failure(wire, code, 'RATE_LIMITED', 'The upstream limits the requests of this account.');
  }
  if (wire.status >= 500 || koreCode === KORE_OVERLOADED) {
    throw failure(wire, code, 'UPSTREAM_UNAVAILABLE', 'The upstream failed.');
  }
  throw failure(wire, code, 'UPSTREAM_BAD_RESPONSE', `The upstream answered with status ${wire.status}.`);
}

function usable(wire: WireAnswer, json: JsonObject | null): Answer {
  return { json, facts: factsOf(wire, null), wire };
}

function failure(
  wire: WireAnswer,
  code: number | null,
  kind: UpstreamError['code'],
  message: string,
): UpstreamError {
  return new UpstreamError(kind, message, factsOf(wire, code), wire.retryAfter);
}

function factsOf({ status, requestId }: WireAnswer, code: number | null): UpstreamFacts {
  return { status, ...(code !== null && { code }), ...(requestId !== null && { requestId }) };
}

function errorCode(json: JsonObject | null): number | null {
  const code = json?.code;
  const number = typeof code === 'string' && /^\d{1,9}$/.test(code) ? Number(code) : code;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}
