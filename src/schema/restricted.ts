import type { GraphQLField, GraphQLSchema } from 'graphql';
import type { OperationContext } from './builder.js';
import { ForbiddenError } from './errors.js';
import { LOCATION, READ, type Scope, type Viewer } from './scopes.js';

/** Ends the description of a field that has `withLocation`. */
export const NEEDS_LOCATION = `Needs the scope \`${LOCATION}\`.`;

/**
 * Options of a field that tells where a device is, or which one it is: enforced here, visible to routers that
 * enforce scopes themselves, and known to whoever looks ahead.
 */
export const withLocation: {
  readonly authScopes: { scope: Scope };
  readonly requiresScopes: string[][];
  readonly extensions: { scope: Scope };
} = {
  authScopes: { scope: LOCATION },
  requiresScopes: [[LOCATION]],
  extensions: { scope: LOCATION },
};

/** Whether a field will be answered, so that what it needs is worth a request. */
export function mayRead({ extensions }: GraphQLField<unknown, unknown>, { scopes }: Viewer): boolean {
  const { scope } = extensions as { readonly scope?: Scope };
  return scope === undefined || scopes.has(scope);
}

/**
 * Demands of the fields of federation what the builder demands of all other fields of Query: the plugin adds them
 * behind the builder's back.
 *
 * @param schema - its `_entities` and `_service` fields are changed
 */
export function guardFederationFields(schema: GraphQLSchema): void {
  const fields = schema.getQueryType()?.getFields();
  for (const field of [fields?._entities, fields?._service]) {
    const resolve = field?.resolve;
    if (field === undefined || resolve === undefined) continue;
    field.resolve = (root, args, context: OperationContext, info) => {
      if (!context.viewer.scopes.has(READ)) throw new ForbiddenError(READ);
      return resolve(root, args, context, info);
    };
  }
}
