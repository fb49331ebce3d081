import { type GivenArguments, InvalidArgumentError, type ListArguments } from '../../resources/arguments.js';
import { UNKNOWN_VALUE } from '../../resources/codecs.js';
import type { ListDeclaration } from '../../resources/define.js';

/** Characters of an argument: SIDs have 34, unique names some more. It becomes a part of URLs and of cache keys. */
const MAX_ARGUMENT_LENGTH = 256;

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The arguments that the upstream evaluates; those that are null or not given are left out.
 *
 * @param given - coerced by GraphQL
 * @throws {InvalidArgumentError} for an empty value, which would not filter at all; for an enum value that the upstream does
 *   not accept; for text that is too long or not Unicode
 */
export function listArguments(list: ListDeclaration, given: GivenArguments): ListArguments {
  const args: Record<string, string> = {};
  for (const name in list.arguments) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    if (value === '')
      throw new InvalidArgumentError(`\`${name}\` is empty: expected a value, or null for all records`);
    const text = String(value);
    const { type, rejected = {} } = list.arguments[name] as ListDeclaration['arguments'][string];
    if (typeof type !== 'string' && text === UNKNOWN_VALUE) {
      throw new InvalidArgumentError(`\`${name}\` is UNKNOWN: expected a value that the upstream knows`);
    }
    if (Object.hasOwn(rejected, text)) {
      throw new InvalidArgumentError(`\`${name}\` is ${text.toUpperCase()}: ${rejected[text]}`);
    }
    if (text.length > MAX_ARGUMENT_LENGTH || LONE_SURROGATE.test(text)) {
      throw new InvalidArgumentError(
        `\`${name}\` is invalid: expected at most ${MAX_ARGUMENT_LENGTH} Unicode characters`,
      );
    }
    args[name] = text;
  }
  return args;
}
