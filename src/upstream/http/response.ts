import { type JsonObject, parseObject } from '../decode/json.js';
import { UpstreamError, type UpstreamErrorDetails } from '../errors.js';
import type { UpstreamSettings } from '../settings.js';
import type { HttpResponse } from './transport.js';

/** A usable answer: of the shape of JSON, and not yet of any record's. */
export interface UpstreamResponse<J> {
  /** What was made of its JSON; `null`: the upstream knows nothing by the name that was asked for. */
  readonly json: J | null;
  readonly facts: UpstreamErrorDetails;
  /** What it was read from. */
  readonly http: HttpResponse;
}

// KORE's own codes; in Twilio's numbering they would mean something else.
const KORE_OVERLOADED = 33004;
const KORE_SIM_NOT_FOUND = 33107;

/** Makes of an HTTP answer one that can be used. */
export type ClassifyResponse<J> = (wire: HttpResponse) => UpstreamResponse<J>;

/**
 * Tells what an HTTP answer means.
 *
 * @param parse - reads a body; `null` when it is no JSON object
 * @throws {UpstreamError} when it brings nothing to decode
 */
export function classifyResponse<J>(
  wire: HttpResponse,
  dialect: UpstreamSettings['dialect'],
  parse: (body: Buffer) => J | null,
): UpstreamResponse<J> {
  if (wire.status === 200) {
    const json = parse(wire.body);
    if (json === null)
      throw failure(wire, null, 'UPSTREAM_BAD_RESPONSE', 'The upstream sent no JSON object.');
    return usable<J>(wire, json);
  }
  const json = parseObject(wire.body);
  const code = wire.status >= 400 ? errorCode(json) : null;
  const koreCode = dialect === 'kore' ? code : null;
  const absent = wire.status === 404 && (json !== null || wire.body.toString().trim() === '');
  if (absent || koreCode === KORE_SIM_NOT_FOUND) return usable<J>(wire, null);
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

function usable<J>(wire: HttpResponse, json: J | null): UpstreamResponse<J> {
  return { json, facts: detailsOf(wire, null), http: wire };
}

function failure(
  wire: HttpResponse,
  code: number | null,
  kind: UpstreamError['code'],
  message: string,
): UpstreamError {
  return new UpstreamError(kind, message, detailsOf(wire, code), wire.retryAfter);
}

function detailsOf({ status, requestId }: HttpResponse, code: number | null): UpstreamErrorDetails {
  return { status, ...(code !== null && { code }), ...(requestId !== null && { requestId }) };
}

function errorCode(json: JsonObject | null): number | null {
  const code = json?.code;
  const number = typeof code === 'string' && /^\d{1,9}$/.test(code) ? Number(code) : code;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}
