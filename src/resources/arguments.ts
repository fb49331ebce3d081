import type { EnumDeclaration } from './output-types.js';

/** A scalar of an argument. */
export type InputScalar = 'ID' | 'String' | 'Boolean' | 'Int' | 'Long' | 'DateTime';

/** An argument of a field. */
export interface ArgumentDeclaration {
  readonly type: InputScalar | EnumDeclaration;
  /** Whether it is a list of values that are not null. */
  readonly list?: true;
  readonly required?: true;
  /** Default value; for an enum the wire name. */
  readonly default?: string;
  /** Values that are rejected, each with the reason. */
  readonly rejected?: Readonly<Record<string, string>>;
  readonly description: string;
}

/** Values of a list's arguments, by argument name, as the upstream takes them. Arguments that are not given are absent. */
export type ListArguments = Readonly<Record<string, string>>;

/** Values of arguments by name, coerced by GraphQL. Absent and null mean the same. */
export type GivenArguments = Readonly<Record<string, unknown>>;

/** Arguments that no upstream request can answer. The message says what was expected. */
export class InvalidArgumentError extends Error {
  override readonly name = 'InvalidArgumentError';
}
