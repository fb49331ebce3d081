import { GraphQLError } from 'graphql';
import { ArgumentError } from '../../pagination/arguments.js';

/** @returns `null` for invalid arguments or conditions: the field reports the error, and requests nothing */
export function unlessInvalid<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof GraphQLError || error instanceof ArgumentError) return null;
    throw error;
  }
}
