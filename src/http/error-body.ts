/** Why a request is rejected before GraphQL is involved. */
export interface HttpError {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of an error response, in the format of GraphQL errors: clients need to know one format only. */
export function errorBody(status: number, message: string): string {
  const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
  return JSON.stringify({ errors: [{ message, extensions: { code } }] });
}

export const JSON_TYPE = 'application/json; charset=utf-8';
