import { printSubgraphSchema } from '@apollo/subgraph';
import { GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { Catalog } from '../../resources/catalog.js';
import { resolveEntitiesIndependently } from '../federation/entities.js';
import { createBuilder } from './builder.js';
import { nodeLoader } from './load-node.js';
import { addQuery } from './query.js';
import { ResourceTypes } from './resource-types.js';
import { addScalars } from './scalars.js';
import { enforceScopes } from './scope-enforcement.js';
import { addSubscription } from './subscription.js';
import { readPlainly } from './trivial-resolvers.js';

/** Fields that the subgraph SDL omits: two Relay subgraphs that both have them do not compose. */
const NOT_IN_SUBGRAPH: ReadonlySet<string> = new Set(['node', 'nodes']);

/** Creates the schema of a catalog, with scope checks in its resolvers. */
export function createSchema(catalog: Catalog): GraphQLSchema {
  const builder = createBuilder(nodeLoader(catalog.resources));
  addScalars(builder);
  const types = new ResourceTypes(builder, catalog);
  addQuery(builder, catalog, types);
  addSubscription(builder, catalog, types);
  const schema = builder.toSubGraphSchema({ linkUrl: 'https://specs.apollo.dev/federation/v2.9' });
  schema.description =
    'SIM cards of one account of a wireless network, with their data sessions, usage, rate plans and commands. Start with `sims`, or with `sim(sid)`.';
  resolveServiceSdl(schema);
  readPlainly(schema);
  resolveEntitiesIndependently(schema);
  enforceScopes(schema);
  return schema;
}

/** The SDL of the full schema, federation directives included. */
export function printFullSdl(schema: GraphQLSchema): string {
  return printSubgraphSchema(schema);
}

/** The SDL that composers get. */
export function printSubgraph(schema: GraphQLSchema): string {
  return printSubgraphSchema(omitNodeFields(schema));
}

/** The plugin would return the full schema. The SDL is printed on first use, because printing takes time. */
function resolveServiceSdl(schema: GraphQLSchema): void {
  const service = schema.getQueryType()?.getFields()._service;
  if (service === undefined) return;
  let sdl: string | undefined;
  service.resolve = () => {
    sdl ??= printSubgraph(schema);
    return { sdl };
  };
}

function omitNodeFields(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  const query = config.query?.toConfig();
  if (query === undefined) return schema;
  const fields = Object.entries(query.fields).filter(([name]) => !NOT_IN_SUBGRAPH.has(name));
  // The printer uses the syntax tree where a type has one, because that is where the directives are.
  const tree = query.astNode;
  const astNode = tree && {
    ...tree,
    fields: tree.fields?.filter(({ name }) => !NOT_IN_SUBGRAPH.has(name.value)) ?? [],
  };
  const trimmed = new GraphQLObjectType({ ...query, astNode, fields: Object.fromEntries(fields) });
  const types = config.types.map((type) => (type === config.query ? trimmed : type));
  return new GraphQLSchema({ ...config, query: trimmed, types });
}
