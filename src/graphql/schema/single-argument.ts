import { type GivenArguments, InvalidArgumentError } from '../../resources/arguments.js';

/**
 * The one argument that names a record.
 *
 * @param names - of the arguments of which exactly one has to be given
 * @throws {InvalidArgumentError} if none or several are given
 */
export function singleArgument(
  names: readonly string[],
  given: GivenArguments,
): { readonly name: string; readonly value: string } {
  const found = names.flatMap((name) => {
    const value = given[name];
    return typeof value === 'string' ? [{ name, value }] : [];
  });
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const list = names.map((name) => `\`${name}\``).join(', ');
  throw new InvalidArgumentError(`Expected exactly one of the arguments ${list}; ${found.length} are given.`);
}
