import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import type { OperationContext } from './builder.js';
import { ForbiddenError } from './errors.js';
import { LOCATION, READ, type Scope, type Viewer } from './scopes.js';

/** Ends the description of a field that has `withLocation`. */
export const NEEDS_LOCATION = `Needs the scope \`${LOCATION}\`.`;

/**
 * Options of a field that tells where a device is, or which one it is: enforced by `guardFields`, visible to routers
 * that enforce scopes themselves, and known to whoever looks ahead.
 */
export const withLocation: {
  readonly requiresScopes: string[][];
  readonly extensions: { scope: Scope };
} = {
  requiresScopes: [[LOCATION]],
  extensions: { scope: LOCATION },
};

/** Whether a field will be answered, so that what it needs is worth a request. */
export function mayRead(field: GraphQLField<unknown, unknown>, { scopes }: Viewer): boolean {
  const scope = scopeOf(field);
  return scope === undefined || scopes.has(scope);
}

/**
 * Demands scopes: `READ` of every field of Query, those that plugins add included, and of any other field what its
 * extensions name. Nothing of a field runs for whom it is not.
 *
 * Pothos' own plugin for that remembers every operation's context in a WeakMap, with all that was loaded in it, which
 * V8 takes for alive until its next full collection: it cost more time than all resolvers together.
 *
 * @param schema - its resolvers are changed
 */
export function guardFields(schema: GraphQLSchema): void {
  const query = schema.getQueryType();
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const scope = type === query ? READ : scopeOf(field);
      if (scope !== undefined) field.resolve = guarded(field.resolve ?? defaultFieldResolver, scope);
    }
  }
}

type Resolve = GraphQLFieldResolver<unknown, OperationContext>;

function guarded(resolve: Resolve, scope: Scope): Resolve {
  return (source, args, context, info) => {
    if (!context.viewer.scopes.has(scope)) throw new ForbiddenError(scope);
    return resolve(source, args, context, info);
  };
}

function scopeOf({ extensions }: GraphQLField<unknown, unknown>): Scope | undefined {
  return (extensions as { readonly scope?: Scope }).scope;
}
