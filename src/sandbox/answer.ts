import type { WireRecord } from './wire.js';

/** What is going to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A value is sent as JSON, text as it is, `null` not at all. */
  readonly body: { readonly json: unknown } | { readonly text: string; readonly type: string } | null;
}

export function jsonAnswer(status: number, json: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: { json } };
}

/** A request that is answered with an error in the API's own form. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  /** @param code - the API's own error code */
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

/** The API's form of an error. */
export function errorBody(status: number, code: number, message: string): WireRecord {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}
