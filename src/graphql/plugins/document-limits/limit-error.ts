import { GraphQLError } from 'graphql';

/** An exceeded limit. */
export interface Excess {
  /** What is counted, in the plural: `aliases`. */
  readonly what: string;
  readonly count: number;
  readonly limit: number;
}

/** A document exceeds a limit. The message has both numbers. */
class LimitError extends GraphQLError {
  override readonly name = 'LimitError';
}

export function limitError({ what, count, limit }: Excess): GraphQLError {
  return new LimitError(`Document too large: ${count} ${what}, limit ${limit}.`, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400, spec: false } },
  });
}

/** Sets status 400. Yoga responds to parser errors with 200 if the client only accepts `application/json`. */
export function keepStatus(error: GraphQLError): void {
  if (error instanceof LimitError) error.extensions.http = { status: 400, spec: false };
}
