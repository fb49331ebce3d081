import { GraphQLError } from 'graphql';
import { ArgumentError } from '../../pagination/arguments.js';
import { InvalidArgumentError } from '../../resources/arguments.js';

/** @returns `null` for invalid arguments or conditions: the field reports the error, and requests nothing */
export function unlessInvalid<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const isExpected =
      error instanceof GraphQLError ||
      error instanceof ArgumentError ||
      error instanceof InvalidArgumentError;
    if (isExpected) return null;
    throw error;
  }
}
