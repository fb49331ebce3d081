/** Why a request is refused before it is one of GraphQL. */
export interface HttpError {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of an error: as GraphQL has it, so that clients need to know one form only. */
export function errorBody(status: number, message: string): string {
  const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
  return JSON.stringify({ errors: [{ message, extensions: { code } }] });
}

export const JSON_TYPE = 'application/json; charset=utf-8';
