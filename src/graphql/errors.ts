import { GraphQLError } from 'graphql';
import { ArgumentError } from '../pagination/arguments.js';
import { CursorError } from '../pagination/cursor/codec.js';
import { CursorExpiredError, PageBudgetExceededError } from '../pagination/errors.js';
import { RepeatedTokenError } from '../pagination/walk/cycle-detector.js';
import { MalformedMemberError } from '../resources/member.js';
import { UpstreamError } from '../upstream/errors.js';

/** Input that makes no sense; the message says what was expected. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A field that the caller must not read. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';

  /**
   * @param scope - what the caller lacks
   * @param isInList - whether the error stands for the field in all items of a list
   */
  constructor(scope: string, isInList: boolean) {
    super(`This needs the scope \`${scope}\`${isInList ? ': it is null in every item of the list' : ''}.`);
  }
}

/**
 * Says to a client what went wrong: the one place where errors of the modules below become GraphQL's.
 *
 * @returns `null` for an error that nobody foresaw: its text may hold anything, so it is not shown.
 */
function describeError(error: unknown): { message: string; extensions: Record<string, unknown> } | null {
  if (error instanceof UpstreamError) return describeUpstreamError(error);
  if (error instanceof InputError || error instanceof ArgumentError || error instanceof CursorError) {
    return { message: error.message, extensions: { code: 'BAD_USER_INPUT' } };
  }
  if (error instanceof ForbiddenError) return { message: error.message, extensions: { code: 'FORBIDDEN' } };
  if (error instanceof PageBudgetExceededError)
    return { message: error.message, extensions: { code: 'BAD_USER_INPUT' } };
  if (error instanceof CursorExpiredError) {
    return { message: error.message, extensions: { code: 'CURSOR_EXPIRED' } };
  }
  if (error instanceof MalformedMemberError) {
    const { message, requestId } = error;
    const upstream = requestId === null ? {} : { requestId };
    return { message, extensions: { code: 'UPSTREAM_BAD_RESPONSE', upstream } };
  }
  if (error instanceof RepeatedTokenError) {
    return { message: error.message, extensions: { code: 'UPSTREAM_BAD_RESPONSE', upstream: {} } };
  }
  return null;
}

function describeUpstreamError({ message, code, facts, retryAfter }: UpstreamError) {
  return {
    message,
    extensions: { code, upstream: facts, ...(retryAfter === undefined ? {} : { retryAfter }) },
  };
}

/**
 * The error as a client may see it.
 *
 * @param onUnexpected - told of errors that are hidden behind "Unexpected error."
 */
export function toClientError(error: unknown, onUnexpected: (error: unknown) => void): GraphQLError {
  const located = error instanceof GraphQLError ? error : new GraphQLError('');
  const cause = located.originalError ?? error;
  if (cause instanceof GraphQLError) {
    // GraphQL's own, such as a variable that does not fit its type, carry no code.
    return cause.extensions.code === undefined
      ? relocate(located, cause.message, { ...cause.extensions, code: 'BAD_USER_INPUT' })
      : cause;
  }
  const described = describeError(cause);
  if (described !== null) return relocate(located, described.message, described.extensions);
  onUnexpected(cause);
  return relocate(located, 'Unexpected error.', { code: 'INTERNAL_SERVER_ERROR' });
}

function relocate(at: GraphQLError, message: string, extensions: Record<string, unknown>): GraphQLError {
  const { nodes = null, source = null, positions = null, path = null } = at;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
