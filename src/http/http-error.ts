import { GraphQLError } from 'graphql';

/** Why a request is turned away. */
export interface HttpRejection {
  /** HTTP status: whoever is turned away gets no data, so the status is that of the whole answer. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The error that Yoga turns a request away with: in front of an operation, with nothing of it done. */
export function httpError({ status, code, message, retryAfter, headers }: HttpRejection): GraphQLError {
  const wait = retryAfter === undefined ? {} : { retryAfter };
  const waitHeader = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  // `spec: false` keeps the status for clients that only know `application/json`, too.
  const http = { status, spec: false, headers: { ...headers, ...waitHeader } };
  return new GraphQLError(message, { extensions: { code, ...wait, http } });
}
