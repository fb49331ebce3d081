import type { Catalog } from '../../resources/catalog.js';
import type { Lookup, ResourceDeclaration, SingleRead } from '../../resources/define.js';
import { UPSTREAM_REQUEST_COST } from '../cost/weights.js';
import { ForbiddenError, InputError } from '../errors.js';
import type { Builder } from './builder.js';
import { addCaller } from './caller.js';
import type { NoArguments } from './input-types.js';
import { loadByName, loadBySid } from './load-node.js';
import type { OperationContext } from './operation-context.js';
import type { ResourceTypes } from './resource-types.js';
import { singleArgument } from './single-argument.js';

/** Adds `Query`: a field for each resource that can be fetched by SID, the lists without a parent, and constants. */
export function addQuery(builder: Builder, catalog: Catalog, types: ResourceTypes): void {
  builder.queryType({
    description:
      'SIM cards, their data sessions, usage, rate plans and commands, as the wireless REST API has them. Needs the scope ' +
      '`wireless:read`.',
  });
  for (const resource of catalog.resources) {
    if (resource.single === null) continue;
    addSingleRead(builder, resource, resource.single, types);
    addManyRead(builder, resource, resource.single, types);
  }
  for (const list of catalog.lists) {
    if (list.parent === null) builder.queryFields((t) => types.listFields(t as never, list) as never);
  }
  addCaller(builder);
  for (const { field, description, type, value } of catalog.constants) {
    builder.queryField(field, (t) =>
      t.field({
        type: types.objectType(type) as 'String',
        nullable: false,
        description,
        resolve: () => value as never,
      }),
    );
  }
}

function addSingleRead(
  builder: Builder,
  resource: ResourceDeclaration,
  { field, description, sidFormat, lookups = {} }: SingleRead,
  types: ResourceTypes,
): void {
  const names = ['sid', ...Object.keys(lookups)];
  builder.queryField(field, (t) =>
    t.field({
      type: types.ref(resource),
      nullable: true,
      cost: UPSTREAM_REQUEST_COST,
      description: names.length === 1 ? description : `${description} Takes exactly one argument.`,
      args: {
        sid: t.arg.id({ required: names.length === 1, description: `The upstream's SID: ${sidFormat}.` }),
        ...Object.fromEntries(
          Object.entries(lookups).map(([name, lookup]) => [
            name,
            t.arg.string({ description: lookupDescription(lookup) }),
          ]),
        ),
      } as NoArguments,
      extensions: { single: resource },
      resolve: (_root, given, context, info) => {
        const { name, value } = singleArgument(names, given);
        const lookup = lookups[name];
        if (lookup === undefined) return loadBySid(resource, value, context, info);
        checkLookup(name, lookup, value, context);
        return loadByName(resource, name, value, context);
      },
    }),
  );
}

function addManyRead(
  builder: Builder,
  resource: ResourceDeclaration,
  { many, sidFormat }: SingleRead,
  types: ResourceTypes,
): void {
  if (many === undefined) return;
  builder.queryField(many.field, (t) =>
    t.field({
      type: [types.ref(resource)],
      nullable: { list: false, items: true },
      cost: UPSTREAM_REQUEST_COST,
      description: many.description,
      args: {
        sids: t.arg.idList({ required: true, description: `The upstream's SIDs: each ${sidFormat}.` }),
      },
      extensions: { many: resource },
      // One by one, so that a SID that is invalid does not affect the others.
      resolve: (_root, { sids }, context, info) => sids.map((sid) => loadBySid(resource, sid, context, info)),
    }),
  );
}

function lookupDescription({ description, format, scope }: Lookup): string {
  return `${description} ${format.charAt(0).toUpperCase()}${format.slice(1)}.${scope === undefined ? '' : ` Needs the scope \`${scope}\`.`}`;
}

function checkLookup(
  name: string,
  { pattern, format, scope }: Lookup,
  value: string,
  { viewer }: OperationContext,
): void {
  if (scope !== undefined && !viewer.scopes.has(scope)) throw new ForbiddenError(scope, false);
  if (!pattern.test(value)) throw new InputError(`Invalid \`${name}\`: expected ${format}.`);
}
