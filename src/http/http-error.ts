import { GraphQLError } from 'graphql';

/** Why a request is rejected. */
export interface HttpRejection {
  /** HTTP status of the whole response, which has no data. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Seconds after which a retry makes sense. */
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The error by which Yoga rejects a request before its operation is executed. */
export function httpError({ status, code, message, retryAfter, headers }: HttpRejection): GraphQLError {
  const wait = retryAfter === undefined ? {} : { retryAfter };
  const waitHeader = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  // `spec: false` keeps the status also for clients that accept `application/json` only.
  const http = { status, spec: false, headers: { ...headers, ...waitHeader } };
  return new GraphQLError(message, { extensions: { code, ...wait, http } });
}
