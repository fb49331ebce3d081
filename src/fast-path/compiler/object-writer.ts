import { type GraphQLField, getNullableType, isScalarType } from 'graphql';
import type { GroupMemberReference } from '../../graphql/schema/output-types.js';
import type { FieldReference } from '../../graphql/schema/resource-types.js';
import { CLOSE_OBJECT } from '../json/ascii.js';
import { literalCode } from '../json/ascii-literal.js';
import { writeCursor } from '../json/cursor-writer.js';
import type { JsonWriter } from '../json/json-writer.js';
import type { RawFieldWriter } from '../json/lazy-list-decoder.js';
import { memberWriter } from '../json/lazy-object.js';
import type { ExecutionState } from './execution-state.js';

/** A leaf value that is read without a resolver, and written without `serialize` if it has the usual type. */
export interface LeafProperty {
  /** Object that has the property: the source object, or the record that a `RecordNode` holds. */
  readonly holder: 'source' | 'record';
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean';
  /** Writes the value without reading it first, if that is possible. */
  readonly writeRaw: ((holder: never, out: JsonWriter) => boolean) | null;
}

/** A field of an object in the response. */
export interface FieldWriter {
  /** Response key. */
  readonly key: string;
  /** `null` if the field has to be resolved. */
  readonly property: LeafProperty | null;
  /** Resolves the field and writes its value. */
  write(source: unknown, run: ExecutionState): void;
}

/** Finds the raw writer of a record's field; `null` if its JSON cannot be copied. */
export type FindRawWriter = (field: FieldReference) => RawFieldWriter | null;

/** GraphQL's own scalars that serialize a value of their type to itself: `Float` if it is an integer. `Int` checks numbers. */
const SPECIFIED_TYPES: Readonly<Record<string, LeafProperty['type']>> = {
  String: 'string',
  ID: 'string',
  Boolean: 'boolean',
  Float: 'number',
};

/** Extensions of schema fields that tell how they can be read without their resolver. */
interface FieldExtensions {
  /** The field is a member of the record that the source object holds. */
  readonly member?: FieldReference;
  /** The field is a member of a nested object of a record. */
  readonly groupMember?: GroupMemberReference;
  /** The field is the cursor of an edge. */
  readonly cursor?: boolean;
}

/** How a leaf field is read without its resolver; `null` if it has to be resolved. */
export function leafProperty(
  field: GraphQLField<unknown, unknown>,
  findRawWriter: FindRawWriter,
): LeafProperty | null {
  const leaf = getNullableType(field.type);
  if (!isScalarType(leaf)) return null;
  const { jsonType: type = SPECIFIED_TYPES[leaf.name] } = leaf.extensions as {
    readonly jsonType?: LeafProperty['type'];
  };
  if (type === undefined) return null;
  const { name, resolve } = field;
  const { member, cursor, groupMember } = field.extensions as FieldExtensions;
  // A field that needs a scope is resolved: its resolver checks the scope.
  if (member !== undefined && member.scope === undefined) {
    return { holder: 'record', name: member.name, type, writeRaw: findRawWriter(member) };
  }
  if (resolve !== undefined) return null;
  const writeMember = groupMember === undefined ? null : memberWriter(groupMember.members, groupMember.name);
  return { holder: 'source', name, type, writeRaw: cursor === true ? writeCursor : writeMember };
}

type WriteObject = (source: unknown, run: ExecutionState) => void;

/**
 * Generates a function that writes one object. Generated code keeps every property access and call site monomorphic; a
 * loop over the fields was ten times slower. The code contains names of the schema only, which are words.
 */
export function objectWriter(fields: readonly FieldWriter[]): WriteObject {
  const given: Record<string, unknown> = {};
  let readsRecord = false;
  const statements = fields.map(({ key, property, write }, index) => {
    given[`write${index}`] = write;
    if (property?.writeRaw != null) given[`raw${index}`] = property.writeRaw;
    readsRecord ||= property?.holder === 'record';
    const value = property === null ? `write${index}(source, run);` : propertyCode(property, index);
    return `${literalCode(`${index === 0 ? '{' : ','}${JSON.stringify(key)}:`)} ${value}`;
  });
  const end = fields.length === 0 ? literalCode('{}') : `out.byte(${CLOSE_OBJECT});`;
  const record = readsRecord ? 'const { record } = source; ' : '';
  const code = `return (source, run) => { const { out } = run; ${record}let value; ${statements.join(' ')} ${end} };`;
  return new Function(...Object.keys(given), code)(...Object.values(given)) as WriteObject;
}

/** Generates a function that reads one property: a shared one would be megamorphic. */
export function propertyReader(name: string): (source: unknown) => unknown {
  return new Function('source', `return source.${name};`) as (source: unknown) => unknown;
}

function propertyCode({ holder, name, type, writeRaw }: LeafProperty, index: number): string {
  const usual = type === 'number' ? 'Number.isSafeInteger(value)' : `typeof value === '${type}'`;
  const writer = type === 'number' ? 'value' : type;
  const read = `value = ${holder}.${name}; if (${usual}) out.${writer}(value); else write${index}(source, run);`;
  const write = writeRaw === null ? read : `if (!raw${index}(${holder}, out)) { ${read} }`;
  // Without a record the resolver loads it first.
  return holder === 'source' ? write : `if (record === null) write${index}(source, run); else { ${write} }`;
}
