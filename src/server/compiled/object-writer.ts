import { type GraphQLField, getNullableType, isScalarType } from 'graphql';
import { quoted } from './json-text.js';
import { abandon, type Run, type Text } from './run.js';

/** A value that is a property of its object, and that is written as it is where it has the usual type. */
export interface PlainLeaf {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean';
}

/** A field of an object in the answer. */
export interface FieldWriter {
  /** What stands in front of its value: its name and a colon, and a comma where it is not the first. */
  readonly head: string;
  /** `null` where there is more to it than reading a property. */
  readonly property: PlainLeaf | null;
  write(source: unknown, run: Run): Text;
}

/** Of GraphQL's own scalars those that write what they are given, if it is of their type: numbers they look into. */
const SPECIFIED_TYPES: Readonly<Record<string, PlainLeaf['type']>> = {
  String: 'string',
  ID: 'string',
  Boolean: 'boolean',
};

/** How a field without a resolver is read, if its type says what can be written as it is (`extensions.plain`). */
export function plainLeaf({ name, type }: GraphQLField<unknown, unknown>): PlainLeaf | null {
  const leaf = getNullableType(type);
  if (!isScalarType(leaf)) return null;
  const { plain = SPECIFIED_TYPES[leaf.name] } = leaf.extensions as { readonly plain?: PlainLeaf['type'] };
  return plain === undefined ? null : { name, type: plain };
}

type WriteObject = (source: unknown, run: Run) => Text;
type Rest = (from: number, begun: string, first: Promise<string>, source: unknown, run: Run) => Text;

/**
 * Makes a function that writes an object. It is made of source code, for a loop over its fields would read properties
 * by names and call functions that differ every time, which takes V8 ten times as long.
 *
 * Its names are those of a schema, which are words, and the heads of its fields are JSON, which is JavaScript.
 */
export function objectWriter(fields: readonly FieldWriter[]): WriteObject {
  const statements = fields.map((field, index) =>
    field.property === null ? fieldCode(field, index) : propertyCode(field.property, field, index),
  );
  const code = `return (source, run) => { let value, text = '{'; ${statements.join(' ')} return text + '}'; };`;
  const rest: Rest = (from, begun, first, source, run) => writeRest(fields, from, begun, first, source, run);
  const writes = fields.map(({ write }) => write);
  const make = new Function('quoted', 'rest', ...names(fields), code) as (...given: unknown[]) => WriteObject;
  return make(quoted, rest, ...writes);
}

function names(fields: readonly FieldWriter[]): readonly string[] {
  return fields.map((_, index) => `write${index}`);
}

function propertyCode({ name, type }: PlainLeaf, { head }: FieldWriter, index: number): string {
  const written = type === 'string' ? 'quoted(value)' : 'value';
  const usual = type === 'number' ? 'Number.isSafeInteger(value)' : `typeof value === '${type}'`;
  return `value = source.${name}; text += ${JSON.stringify(head)} + (${usual} ? ${written} : write${index}(source, run));`;
}

function fieldCode({ head }: FieldWriter, index: number): string {
  return (
    `value = write${index}(source, run);` +
    `if (typeof value !== 'string') return rest(${index}, text, value, source, run);` +
    `text += ${JSON.stringify(head)} + value;`
  );
}

/** Goes on where the first value of an object has to be waited for: all others are asked for meanwhile. */
async function writeRest(
  fields: readonly FieldWriter[],
  from: number,
  begun: string,
  first: Promise<string>,
  source: unknown,
  run: Run,
): Promise<string> {
  const rest = fields.slice(from);
  const values: Text[] = [first];
  try {
    for (const field of rest.slice(1)) values.push(field.write(source, run));
  } catch (error) {
    abandon(values);
    throw error;
  }
  const texts = await Promise.all(values);
  return `${rest.reduce((text, { head }, index) => text + head + texts[index], begun)}}`;
}
