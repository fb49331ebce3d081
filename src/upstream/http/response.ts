import { type JsonObject, parseObject } from '../decode/json.js';
import { UpstreamError, type UpstreamErrorDetails } from '../errors.js';
import { isUnavailable } from '../resilience/retry.js';
import type { UpstreamSettings } from '../settings.js';
import type { HttpResponse } from './transport.js';

/** A successful response whose JSON has been parsed, but not decoded to records. */
export interface UpstreamResponse<J> {
  /** Parsed JSON; `null`: the requested resource does not exist. */
  readonly json: J | null;
  readonly facts: UpstreamErrorDetails;
  /** HTTP response that this one was parsed from. */
  readonly http: HttpResponse;
}

// Error codes of KORE. Twilio numbers its errors differently.
const KORE_OVERLOADED = 33004;
const KORE_SIM_NOT_FOUND = 33107;

/** Turns an HTTP response into a parsed response; throws an `UpstreamError` for any other. */
export type ClassifyResponse<J> = (response: HttpResponse) => UpstreamResponse<J>;

/**
 * Classifies an HTTP response by its status and error code.
 *
 * @param parse - parses a body; returns `null` when it is not a JSON object
 * @returns the parsed response
 * @throws {UpstreamError} when the response is an error, or is not a JSON object
 */
export function classifyResponse<J>(
  response: HttpResponse,
  dialect: UpstreamSettings['dialect'],
  parse: (body: Buffer) => J | null,
): UpstreamResponse<J> {
  if (response.status === 200) {
    const json = parse(response.body);
    if (json === null)
      throw failure(response, null, 'UPSTREAM_BAD_RESPONSE', 'The upstream response is not a JSON object.');
    return parsedResponse<J>(response, json);
  }
  const json = parseObject(response.body);
  const code = response.status >= 400 ? errorCode(json) : null;
  const koreCode = dialect === 'kore' ? code : null;
  const absent = response.status === 404 && (json !== null || response.body.toString().trim() === '');
  if (absent || koreCode === KORE_SIM_NOT_FOUND) return parsedResponse<J>(response, null, code);
  if (response.status === 401 || response.status === 403) {
    throw failure(
      response,
      code,
      'UPSTREAM_UNAUTHORIZED',
      "The upstream rejected the gateway's credentials.",
    );
  }
  if (response.status === 429) {
    throw failure(response, code, 'RATE_LIMITED', 'The rate limit of the upstream account is exceeded.');
  }
  if (isUnavailable(response.status) || koreCode === KORE_OVERLOADED) {
    throw failure(response, code, 'UPSTREAM_UNAVAILABLE', 'The upstream failed.');
  }
  throw failure(
    response,
    code,
    'UPSTREAM_BAD_RESPONSE',
    `The upstream responded with status ${response.status}.`,
  );
}

function parsedResponse<J>(
  response: HttpResponse,
  json: J | null,
  code: number | null = null,
): UpstreamResponse<J> {
  return { json, facts: detailsOf(response, code), http: response };
}

function failure(
  response: HttpResponse,
  code: number | null,
  kind: UpstreamError['code'],
  message: string,
): UpstreamError {
  return new UpstreamError(kind, message, detailsOf(response, code), response.retryAfter);
}

function detailsOf({ status, requestId }: HttpResponse, code: number | null): UpstreamErrorDetails {
  return { status, ...(code !== null && { code }), ...(requestId !== null && { requestId }) };
}

function errorCode(json: JsonObject | null): number | null {
  const code = json?.code;
  const number = typeof code === 'string' && /^\d{1,9}$/.test(code) ? Number(code) : code;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}
