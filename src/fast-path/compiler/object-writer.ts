import { type GraphQLField, getNullableType, isScalarType } from 'graphql';
import { CLOSE_OBJECT } from '../json/ascii.js';
import { literalCode } from '../json/ascii-literal.js';
import type { WriteJson } from '../json/raw-writer.js';
import type { ExecutionState } from './execution-state.js';

/** A value that is a property of its object, and that is written as it is where it has the usual type. */
export interface PassThroughLeaf {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean';
  /** Writes it without reading it first, where that can be done. */
  readonly writeJson: WriteJson<unknown> | null;
}

/** A field of an object in the answer. */
export interface FieldWriter {
  /** Its name in the answer. */
  readonly key: string;
  /** `null` where there is more to it than reading a property. */
  readonly property: PassThroughLeaf | null;
  /** Writes its value. */
  write(source: unknown, run: ExecutionState): void;
}

/** Of GraphQL's own scalars those that write what they are given, if it is of their type: numbers they look into. */
const SPECIFIED_TYPES: Readonly<Record<string, PassThroughLeaf['type']>> = {
  String: 'string',
  ID: 'string',
  Boolean: 'boolean',
};

/** How a field without a resolver is read, if its type says what can be written as it is (`extensions.plain`). */
export function passThroughLeaf({
  name,
  type,
  extensions,
}: GraphQLField<unknown, unknown>): PassThroughLeaf | null {
  const leaf = getNullableType(type);
  if (!isScalarType(leaf)) return null;
  const { plain = SPECIFIED_TYPES[leaf.name] } = leaf.extensions as {
    readonly plain?: PassThroughLeaf['type'];
  };
  const { writeJson = null } = extensions as { readonly writeJson?: WriteJson<unknown> };
  return plain === undefined ? null : { name, type: plain, writeJson };
}

type WriteObject = (source: unknown, run: ExecutionState) => void;

/**
 * Makes a function that writes an object. It is made of source code, for a loop over its fields would read properties
 * by names and call functions that differ every time, which takes V8 ten times as long.
 *
 * Its names are those of a schema, which are words.
 */
export function objectWriter(fields: readonly FieldWriter[]): WriteObject {
  const given: Record<string, unknown> = {};
  const statements = fields.map(({ key, property, write }, index) => {
    given[`write${index}`] = write;
    if (property?.writeJson != null) given[`json${index}`] = property.writeJson;
    const value = property === null ? `write${index}(source, run);` : propertyCode(property, index);
    return `${literalCode(`${index === 0 ? '{' : ','}${JSON.stringify(key)}:`)} ${value}`;
  });
  const end = fields.length === 0 ? literalCode('{}') : `out.byte(${CLOSE_OBJECT});`;
  const code = `return (source, run) => { const { out } = run; let value; ${statements.join(' ')} ${end} };`;
  return new Function(...Object.keys(given), code)(...Object.values(given)) as WriteObject;
}

/** Makes a function that reads a property, by code of its own: one for all names would look for them every time. */
export function propertyReader(name: string): (source: unknown) => unknown {
  return new Function('source', `return source.${name};`) as (source: unknown) => unknown;
}

function propertyCode({ name, type, writeJson }: PassThroughLeaf, index: number): string {
  const usual = type === 'number' ? 'Number.isSafeInteger(value)' : `typeof value === '${type}'`;
  const written = type === 'number' ? 'value' : type;
  const read = `value = source.${name}; if (${usual}) out.${written}(value); else write${index}(source, run);`;
  return writeJson === null ? read : `if (!json${index}(source, out)) { ${read} }`;
}
