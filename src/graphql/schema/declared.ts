import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import type { ListDeclaration, RelationDeclaration, ResourceDeclaration } from '../../resources/define.js';
import type { ListField } from './list-field.js';

/*
 * From the types and fields of a schema to the declarations that they were created from, which stand in their
 * `extensions`. Look-ahead, cost estimate and fast path know resources and lists by these alone.
 */

/** The resource that an object type was created from; `null` for any other type. */
function resourceOf(type: GraphQLNamedType | null | undefined): ResourceDeclaration | null {
  if (!isObjectType(type)) return null;
  return (type.extensions as { readonly resource?: ResourceDeclaration }).resource ?? null;
}

/** The list that a field is answered from; `null` for a field that is answered from a record. */
export function listFieldOf({ extensions }: GraphQLField<unknown, unknown>): ListField | null {
  return (extensions as { readonly listField?: ListField }).listField ?? null;
}

/** The relation of a field; `null` for any other field. */
export function relationOf({ extensions }: GraphQLField<unknown, unknown>): RelationDeclaration | null {
  return (extensions as { readonly relation?: RelationDeclaration }).relation ?? null;
}

/** The resource whose records a field of `Query` fetches by SID; `null` for any other field. */
export function singleReadOf({ extensions }: GraphQLField<unknown, unknown>): ResourceDeclaration | null {
  return (extensions as { readonly single?: ResourceDeclaration }).single ?? null;
}

/** The list whose records a field of `Subscription` watches; `null` for any other field. */
export function watchedListOf({ extensions }: GraphQLField<unknown, unknown>): ListDeclaration | null {
  return (extensions as { readonly events?: ListDeclaration }).events ?? null;
}

/** The resource of an object type; `null` if the schema has no such type. */
export function resourceNamed(schema: GraphQLSchema, name: string): ResourceDeclaration | null {
  return resourceOf(schema.getType(name));
}

/** The resource whose records a field of `Query` fetches by several SIDs; `null` for any other field. */
export function manyReadOf({ extensions }: GraphQLField<unknown, unknown>): ResourceDeclaration | null {
  return (extensions as { readonly many?: ResourceDeclaration }).many ?? null;
}

/** The resources of a schema that can be fetched by SID: the members of its interface `Node`. */
export function fetchableResources(schema: GraphQLSchema): readonly ResourceDeclaration[] {
  const node = schema.getType('Node');
  if (!isInterfaceType(node)) return [];
  return schema
    .getPossibleTypes(node)
    .map(resourceOf)
    .filter((resource) => resource !== null);
}
