import type { Catalog } from '../../resources/catalog.js';
import { UPSTREAM_REQUEST_COST } from '../cost/weights.js';
import type { Builder } from './builder.js';
import { loadBySid } from './load-node.js';
import type { ResourceTypes } from './resource-types.js';

/** Adds `Query`: a field for each resource that can be fetched by SID, and the lists without a parent. */
export function addQuery(builder: Builder, catalog: Catalog, types: ResourceTypes): void {
  builder.queryType({
    description:
      'SIM cards, their data sessions, rate plans and commands, as the wireless REST API has them. Needs the scope ' +
      '`wireless:read`.',
  });
  for (const resource of catalog.resources) {
    const { single } = resource;
    if (single === null) continue;
    builder.queryField(single.field, (t) =>
      t.field({
        type: types.ref(resource),
        nullable: true,
        cost: UPSTREAM_REQUEST_COST,
        description: single.description,
        args: {
          sid: t.arg.id({ required: true, description: `The upstream's SID: ${single.sidFormat}.` }),
        },
        extensions: { single: resource },
        resolve: (_root, { sid }, context, info) => loadBySid(resource, sid, context, info),
      }),
    );
  }
  for (const list of catalog.lists) {
    if (list.parent !== null) continue;
    builder.queryField(list.field, (t) => types.connection(t as never, list));
  }
}
