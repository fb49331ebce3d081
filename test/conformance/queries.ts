import type { AnyRecord } from '../../src/resources/any-record.js';
import type { Codec, ObjectCodec } from '../../src/resources/codecs.js';
import type { ListDeclaration, ResourceDeclaration } from '../../src/resources/define.js';
import { MalformedMember } from '../../src/resources/member.js';
import type { ObjectDeclaration } from '../../src/resources/output-types.js';

/** Relay's connection arguments. */
export interface Window {
  readonly first?: number;
  readonly after?: string | null;
  readonly last?: number;
  readonly before?: string | null;
}

/** An edge of a declared list, as a client gets it. */
interface EdgeResult {
  readonly cursor: string;
  readonly node: Readonly<Record<string, unknown>>;
}

/** A connection of a declared list, as a client gets it. */
export interface ConnectionResult {
  readonly edges: readonly EdgeResult[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** The selection of all fields that a resource declares, and of its global ID. */
export function fieldsOf({ fields }: ResourceDeclaration): string {
  const declared = Object.entries(fields).map(([name, { codec }]) =>
    codec.kind === 'object' ? `${name} ${objectSelection(codec as ObjectCodec<object>)}` : name,
  );
  return ['id', ...declared].join(' ');
}

function objectSelection({ fields }: ObjectDeclaration): string {
  const selected = Object.entries(fields).map(([name, { type }]) =>
    typeof type === 'object' && 'fields' in type ? `${name} ${objectSelection(type)}` : name,
  );
  return `{ ${selected.join(' ')} }`;
}

/**
 * A query for a window of a list, with the variables `$parent` (if the list has one), `$first`, `$after`, `$last` and
 * `$before`. The connection is `list` in the response.
 *
 * @param args - of the list, as GraphQL literals
 */
export function listQuery(list: ListDeclaration, selection: string, args = ''): string {
  const { parent, field } = list;
  const window = '$first: Int, $after: String, $last: Int, $before: String';
  const connection = `list: ${field}(first: $first, after: $after, last: $last, before: $before ${args}) {
    edges { cursor node { ${selection} } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }`;
  return parent === null
    ? `query (${window}) { ${connection} }`
    : `query ($parent: ID!, ${window}) { ${parent.single?.field}(sid: $parent) { ${connection} } }`;
}

/** The connection of a response to `listQuery`. */
export function connectionOf(
  { parent }: ListDeclaration,
  data: Readonly<Record<string, unknown>> | null | undefined,
): ConnectionResult | null {
  const object = parent === null ? data : (data?.[parent.single?.field ?? ''] as typeof data);
  return (object?.list ?? null) as ConnectionResult | null;
}

/** What a field of a record has to be in a response: the decoded member, with enum values by their GraphQL names. */
function expectedField(codec: Codec<unknown>, member: unknown): unknown {
  if (member instanceof MalformedMember) return null;
  if (codec.kind === 'object') return expectedObject(member);
  if (codec.kind !== 'enum' || member === null) return member;
  return String(member)
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_');
}

/**
 * An object as a response has to have it: null where a member is malformed, and without the whole object where that member is a
 * list, which cannot be null.
 */
function expectedObject(value: unknown): unknown {
  if (value instanceof MalformedMember) return null;
  if (Array.isArray(value)) return value.map(expectedObject);
  if (typeof value !== 'object' || value === null) return value;
  const entries = membersOf(value);
  if (entries.some(([name, inner]) => name === 'internationalRoaming' && inner instanceof MalformedMember))
    return null;
  return Object.fromEntries(entries.map(([name, inner]) => [name, expectedObject(inner)]));
}

/** Members of an object, also those that are decoded when they are read. */
function membersOf(value: object): [name: string, value: unknown][] {
  const names: string[] = [];
  for (const name in value) names.push(name);
  return names.map((name) => [name, (value as Record<string, unknown>)[name]]);
}

/** Paths of the malformed members of a decoded value. */
export function malformedPaths(value: unknown, path: readonly (string | number)[]): string[] {
  if (value instanceof MalformedMember) return [path.join()];
  if (typeof value !== 'object' || value === null) return [];
  return membersOf(value).flatMap(([name, inner]) => malformedPaths(inner, [...path, name]));
}

/** All fields that a resource declares of a record, as a response has to have them; derived ones left out. */
export function expectedFields({ fields }: ResourceDeclaration, record: AnyRecord): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, { codec }]) => [
    name,
    expectedField(codec, record[name]),
  ]);
  return Object.fromEntries(entries);
}
