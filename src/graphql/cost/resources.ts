import type { GraphQLSchema } from 'graphql';
import type { ResourceDeclaration } from '../../resources/define.js';

const bySchema = new WeakMap<GraphQLSchema, ReadonlyMap<string, ResourceDeclaration>>();

/** The resources that a schema can fetch by SID, by type name: those that a field of `Query` names. */
export function resourcesOf(schema: GraphQLSchema): ReadonlyMap<string, ResourceDeclaration> {
  let resources = bySchema.get(schema);
  if (resources === undefined) {
    const found = new Map<string, ResourceDeclaration>();
    for (const { extensions } of Object.values(schema.getQueryType()?.getFields() ?? {})) {
      const { single } = extensions as { readonly single?: ResourceDeclaration };
      if (single !== undefined) found.set(single.name, single);
    }
    resources = found;
    bySchema.set(schema, resources);
  }
  return resources;
}
