import { GraphQLError } from 'graphql';
import { UnknownAccountError } from '../connections/accounts.js';
import { LiveLimitError, UnknownListError } from '../live/live-lists.js';
import { ArgumentError } from '../pagination/arguments.js';
import { CursorError } from '../pagination/cursor/codec.js';
import { CursorExpiredError, PageBudgetExceededError } from '../pagination/errors.js';
import { RepeatedTokenError } from '../pagination/walk/cycle-detector.js';
import { InvalidArgumentError } from '../resources/arguments.js';
import { MalformedMemberError } from '../resources/member.js';
import { UnsafeSumError } from '../resources/sum.js';
import { UpstreamError } from '../upstream/errors.js';

/** Invalid input. The message says what was expected. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The caller's credentials are now those of another account than at the beginning of the subscription. */
export class ForbiddenAccountError extends Error {
  override readonly name = 'ForbiddenAccountError';

  constructor() {
    super('The subscription has begun for another account than that of the caller.');
  }
}

/** The caller lacks the scope of a field. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';

  /**
   * @param scope - required scope
   * @param isInList - whether this error represents the field in all items of a list
   */
  constructor(scope: string, isInList: boolean) {
    super(`Missing scope \`${scope}\`${isInList ? ': the field is null in every item of the list' : ''}.`);
  }
}

/**
 * Maps an error of the gateway to a message and extensions for clients. This is the only mapping from errors to
 * GraphQL.
 *
 * @returns `null` for an unexpected error, whose message is not shown because it may contain anything
 */
function describeError(error: unknown): { message: string; extensions: Record<string, unknown> } | null {
  if (error instanceof UpstreamError) return describeUpstreamError(error);
  if (
    error instanceof InputError ||
    error instanceof ArgumentError ||
    error instanceof InvalidArgumentError ||
    error instanceof CursorError ||
    error instanceof UnsafeSumError ||
    error instanceof UnknownListError
  ) {
    return { message: error.message, extensions: { code: 'BAD_USER_INPUT' } };
  }
  if (error instanceof LiveLimitError) {
    return { message: error.message, extensions: { code: 'RATE_LIMITED' } };
  }
  if (
    error instanceof ForbiddenError ||
    error instanceof ForbiddenAccountError ||
    error instanceof UnknownAccountError
  )
    return { message: error.message, extensions: { code: 'FORBIDDEN' } };
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
 * Masks an error for clients.
 *
 * @param onUnexpected - receives errors that clients see as "Unexpected error."
 * @returns the error with the location of the original one
 */
export function toClientError(error: unknown, onUnexpected: (error: unknown) => void): GraphQLError {
  const located = error instanceof GraphQLError ? error : new GraphQLError('');
  const cause = located.originalError ?? error;
  if (cause instanceof GraphQLError) {
    // Errors of graphql-js, such as an invalid variable, have no code.
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
