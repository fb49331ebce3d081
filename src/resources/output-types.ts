/*
 * GraphQL output types of values that are no records: what a declaration names, and the schema creates.
 */

/** A scalar of the schema. */
export type ScalarName = 'ID' | 'String' | 'Boolean' | 'Float' | 'Long' | 'DateTime' | 'Date';

/** A GraphQL enum. A value is passed as its wire name. */
export interface EnumDeclaration<V extends string = string> {
  /** Name of the GraphQL enum. */
  readonly name: string;
  readonly description: string;
  /** Description of each value, by its wire name. */
  readonly values: Readonly<Record<V, string>>;
}

/** A GraphQL object type whose fields read the property of their name. */
export interface ObjectDeclaration {
  /** Name of the GraphQL object type. */
  readonly name: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, OutputField>>;
}

/** A field of an object type. A malformed member makes it null, with an error. */
export interface OutputField {
  /** `{ node }`: the type of that resource; the value is a node of it. */
  readonly type: ScalarName | EnumDeclaration | ObjectDeclaration | { readonly node: string };
  readonly nullable: boolean;
  /** Whether it is a list of items that are not null. */
  readonly list?: boolean;
  readonly description: string;
}
