import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import type { ListDeclaration, ResourceDeclaration } from '../../resources/define.js';

/*
 * From the types and fields of a schema to the declarations that they were created from, which stand in their
 * `extensions`. Look-ahead, cost estimate and fast path know resources and lists by these alone.
 */

/** The resource that an object type was created from; `null` for any other type. */
function resourceOf(type: GraphQLNamedType | null | undefined): ResourceDeclaration | null {
  if (!isObjectType(type)) return null;
  return (type.extensions as { readonly resource?: ResourceDeclaration }).resource ?? null;
}

/** The list of a connection field; `null` for any other field. */
export function listOf({ extensions }: GraphQLField<unknown, unknown>): ListDeclaration | null {
  return (extensions as { readonly list?: ListDeclaration }).list ?? null;
}

/** The resource whose records a field of `Query` fetches by SID; `null` for any other field. */
export function singleReadOf({ extensions }: GraphQLField<unknown, unknown>): ResourceDeclaration | null {
  return (extensions as { readonly single?: ResourceDeclaration }).single ?? null;
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
