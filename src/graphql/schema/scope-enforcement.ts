import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { LOCATION, READ, type Scope, type Viewer } from '../../guards/authentication/scopes.js';
import { ForbiddenError } from '../errors.js';
import type { OperationContext } from './builder.js';

/** Ends the description of a field that has `withLocation`. */
export const NEEDS_LOCATION = `Needs the scope \`${LOCATION}\`. Without it the field is null, with one error for all items of a list.`;

/**
 * Options of a field that tells where a device is, or which one it is: enforced by `guardFields`, visible to routers
 * that enforce scopes themselves, and known to whoever looks ahead.
 */
export const requiresLocation: {
  readonly requiresScopes: string[][];
  readonly extensions: { scope: Scope };
} = {
  requiresScopes: [[LOCATION]],
  extensions: { scope: LOCATION },
};

/** Whether a field will be answered, so that what it needs is worth a request. */
export function canRead(field: GraphQLField<unknown, unknown>, { scopes }: Viewer): boolean {
  const scope = scopeOf(field);
  return scope === undefined || scopes.has(scope);
}

/**
 * Demands scopes: `READ` of every field of Query, those that plugins add included, and of any other field what its
 * extensions name. A field that the viewer must not read is not resolved: it is null, with one error for each of its
 * places in the operation.
 *
 * Pothos' own plugin for that remembers every operation's context in a WeakMap, with all that was loaded in it, which
 * V8 takes for alive until its next full collection: it cost more time than all resolvers together.
 *
 * @param schema - its resolvers are changed
 */
export function enforceScopes(schema: GraphQLSchema): void {
  const query = schema.getQueryType();
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const scope = type === query ? READ : scopeOf(field);
      if (scope === undefined) continue;
      field.resolve = withScopeCheck(
        field.resolve ?? defaultFieldResolver,
        scope,
        !isNonNullType(field.type),
      );
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
