import type { GraphQLField } from 'graphql';
import type { ResourceDeclaration } from '../../resources/define.js';
import type { Arguments } from '../arguments.js';
import { manyReadOf, singleReadOf } from '../schema/declared.js';
import { decodeGlobalId, sidOfReference } from '../schema/global-id.js';
import { singleArgument } from '../schema/single-argument.js';
import { unlessInvalid } from './unless-invalid.js';

/** The objects that a field of `Query` fetches: by SIDs or another name, by global ID, or by the keys of entities. */
export function referencesOf(
  definition: GraphQLField<unknown, unknown>,
  args: Arguments,
  resources: readonly ResourceDeclaration[],
): ReadonlyMap<ResourceDeclaration, ReadonlySet<string>> {
  const references = new Map<ResourceDeclaration, Set<string>>();
  const add = (resource: ResourceDeclaration | undefined, name: unknown): void => {
    if (resource === undefined || typeof name !== 'string') return;
    const names = references.get(resource) ?? new Set();
    references.set(resource, names.add(name));
  };
  const byName = (name: unknown) => resources.find((resource) => resource.name === name);
  const addGlobalId = (globalId: unknown): void => {
    const { typename, id } = decodeGlobalId(globalId);
    add(byName(typename), id);
  };
  const single = singleReadOf(definition);
  const many = manyReadOf(definition);
  if (single !== null) add(single, nameOf(single, args));
  else if (many !== null) for (const sid of elements(args.sids)) add(many, sid);
  else if (definition.name === 'node') addGlobalId(args.id);
  else if (definition.name === 'nodes') elements(args.ids).forEach(addGlobalId);
  else if (definition.name === '_entities') {
    for (const representation of elements(args.representations)) {
      if (typeof representation !== 'object' || representation === null) continue;
      const resource = byName((representation as { readonly __typename?: unknown }).__typename);
      if (resource !== undefined) add(resource, sidOfReference(resource, representation));
    }
  }
  return references;
}

/** How many objects a field of `Query` can fetch by global ID or by the keys of entities. */
export function maxReferences(field: GraphQLField<unknown, unknown>): number {
  const { name } = field;
  if (name === 'node') return 1;
  if (manyReadOf(field) !== null) return Number.POSITIVE_INFINITY;
  return name === 'nodes' || name === '_entities' ? Number.POSITIVE_INFINITY : 0;
}

/** Whether a name is another one than a SID: the record then has to be fetched to know its SID. */
export function isLookup(name: string): boolean {
  return name.includes(' ');
}

/** The name in the arguments of a single read: the SID, or the argument and its value. */
function nameOf({ single }: ResourceDeclaration, args: Arguments): string | null {
  return unlessInvalid(() => {
    const { name, value } = singleArgument(['sid', ...Object.keys(single?.lookups ?? {})], args);
    return name === 'sid' ? value : `${name} ${value}`;
  });
}

function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
