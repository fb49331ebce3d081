import { GraphQLError } from 'graphql';

/** What a document has too much of. */
export interface Excess {
  /** In plain words: `aliases`. */
  readonly what: string;
  readonly count: number;
  readonly limit: number;
}

/** A document that is too large: a mistake of whoever wrote it, with both numbers. */
class LimitError extends GraphQLError {
  override readonly name = 'LimitError';
}

export function limitError({ what, count, limit }: Excess): GraphQLError {
  return new LimitError(`The document has ${count} ${what}: at most ${limit} are answered.`, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400, spec: false } },
  });
}

/** Yoga lets whatever the parser says be a 200 for clients that only know `application/json`; this is a 400. */
export function keepStatus(error: GraphQLError): void {
  if (error instanceof LimitError) error.extensions.http = { status: 400, spec: false };
}
