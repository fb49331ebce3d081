import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import type { Viewer } from '../../guards/authentication/viewer.js';
import type { FieldDeclaration } from '../../resources/define.js';
import { READ, type Scope } from '../../resources/scopes.js';
import { ForbiddenError } from '../errors.js';
import type { OperationContext } from './builder.js';

/** Options of a schema field that may need a scope: enforced by `enforceScopes`, printed for routers, seen by look-ahead. */
export function scopeOptions({ scope, description }: Pick<FieldDeclaration, 'scope' | 'description'>): {
  readonly description: string;
  readonly extensions: { readonly scope?: Scope };
  readonly requiresScopes?: string[][];
} {
  if (scope === undefined) return { description, extensions: {} };
  return {
    description: `${description} Needs the scope \`${scope}\`.`,
    extensions: { scope },
    requiresScopes: [[scope]],
  };
}

/** Whether the viewer may read a field, so that its data is worth a request. */
export function canRead(field: GraphQLField<unknown, unknown>, { scopes }: Viewer): boolean {
  const scope = scopeOf(field);
  return scope === undefined || scopes.has(scope);
}

/**
 * Wraps resolvers with scope checks: `wireless:read` for every field of `Query` (including those of plugins), and
 * `extensions.scope` for any other field. Changes `schema`.
 *
 * Not @pothos/plugin-scope-auth: it caches per-operation state in a WeakMap keyed by context, which V8 retains until a
 * major garbage collection, and which cost more time than all resolvers together.
 */
export function enforceScopes(schema: GraphQLSchema): void {
  const query = schema.getQueryType();
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const scope = type === query ? READ : scopeOf(field);
      if (scope !== undefined) field.resolve = withScopeCheck(field.resolve ?? defaultFieldResolver, scope);
    }
  }
}

type Resolve = GraphQLFieldResolver<unknown, OperationContext>;

function withScopeCheck(resolve: Resolve, scope: Scope): Resolve {
  return (source, args, context, info) => {
    if (!context.viewer.scopes.has(scope)) throw new ForbiddenError(scope);
    return resolve(source, args, context, info);
  };
}

function scopeOf({ extensions }: GraphQLField<unknown, unknown>): Scope | undefined {
  return (extensions as { readonly scope?: Scope }).scope;
}
