import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { FieldDeclaration } from '../../resources/define.js';
import { READ, type Scope } from '../../resources/scopes.js';
import type { Viewer } from '../../resources/viewer.js';
import { ForbiddenError } from '../errors.js';
import type { OperationContext } from './operation-context.js';

/** Options of a schema field that may need a scope: enforced by `enforceScopes`, printed for routers, read by look-ahead. */
export function scopeOptions({ scope, description }: Pick<FieldDeclaration, 'scope' | 'description'>): {
  readonly description: string;
  readonly extensions: { readonly scope?: Scope };
  readonly requiresScopes?: string[][];
} {
  if (scope === undefined) return { description, extensions: {} };
  const rule = `Needs the scope \`${scope}\`. Without it the field is null, with one error for all items of a list.`;
  return { description: `${description} ${rule}`, extensions: { scope }, requiresScopes: [[scope]] };
}

/** Whether the viewer may read a field, so that requests for it are worth sending. */
export function canRead(field: GraphQLField<unknown, unknown>, { scopes }: Viewer): boolean {
  const scope = scopeOf(field);
  return scope === undefined || scopes.has(scope);
}

/**
 * Wraps resolvers with scope checks: every field of `Query` and `Subscription` needs `READ`, including those that plugins add; any other field
 * needs the scope in its extensions. A field that the viewer must not read is not resolved: it is null, with one error for
 * each place in the operation.
 *
 * Pothos' scope plugin is not used: it keeps the context of each operation in a WeakMap, with everything loaded in it,
 * until the next full garbage collection, and took more time than all resolvers together.
 *
 * @param schema - its resolvers are replaced
 */
export function enforceScopes(schema: GraphQLSchema): void {
  const roots: readonly unknown[] = [schema.getQueryType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const scope = roots.includes(type) ? READ : scopeOf(field);
      if (scope === undefined) continue;
      field.resolve = withScopeCheck(
        field.resolve ?? defaultFieldResolver,
        scope,
        !isNonNullType(field.type),
      );
      if (field.subscribe !== undefined) field.subscribe = withScopeCheck(field.subscribe, scope, false);
    }
  }
}

type Resolve = GraphQLFieldResolver<unknown, OperationContext>;

/**
 * Throws for the first item of a list alone, if the field can be null: a window of a thousand records would have
 * thousands of errors that say the same.
 */
function withScopeCheck(resolve: Resolve, scope: Scope, isNullable: boolean): Resolve {
  return (source, args, context, info) => {
    if (context.viewer.scopes.has(scope)) return resolve(source, args, context, info);
    const { place, isInList } = placeOf(info.path);
    context.withheld ??= new Set();
    if (isNullable && context.withheld.has(place)) return null;
    context.withheld.add(place);
    throw new ForbiddenError(scope, isInList);
  };
}

/** A path in the response without the indexes of lists: the same for all items of a list. */
function placeOf(path: GraphQLResolveInfo['path']): { readonly place: string; readonly isInList: boolean } {
  let place = '';
  let isInList = false;
  for (let at: typeof path | undefined = path; at !== undefined; at = at.prev) {
    if (typeof at.key === 'string') place = `${at.key}.${place}`;
    else isInList = true;
  }
  return { place, isInList };
}

function scopeOf({ extensions }: GraphQLField<unknown, unknown>): Scope | undefined {
  return (extensions as { readonly scope?: Scope }).scope;
}
