import type { WireRecord } from './wire.js';

/** A response before it is sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON value, a string that is sent unchanged, or `null` for no body. */
  readonly body: { readonly json: unknown } | { readonly text: string; readonly type: string } | null;
}

export function jsonAnswer(status: number, json: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: { json } };
}

/** An error response in the format of the API. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  /** @param code - error code of the API */
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }

  get answer(): Answer {
    return jsonAnswer(this.status, errorBody(this.status, this.code, this.message), this.headers);
  }
}

/** Returns an error body in the format of the API. */
export function errorBody(status: number, code: number, message: string): WireRecord {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}
