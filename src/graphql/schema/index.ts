import { printSubgraphSchema } from '@apollo/subgraph';
import { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { resolveEntitiesIndependently } from '../federation/entities.js';
import { builder } from './builder.js';
import { enforceScopes } from './scope-enforcement.js';
import { readPlainly } from './trivial-resolvers.js';
import './query.js';
import './scalars.js';

/** Fields that a subgraph leaves out: two Relay subgraphs that both have them do not compose. */
const NOT_IN_SUBGRAPH = new Set(['node', 'nodes']);

const fullSchema = builder.toSubGraphSchema({ linkUrl: 'https://specs.apollo.dev/federation/v2.9' });
fullSchema.description =
  'SIM cards of one account of a wireless network, and the data sessions of each, newest first. Start with `sim(sid)`.';

const service = fullSchema.getQueryType()?.getFields()._service;
// The plugin would answer with the whole schema. Printing takes its time, which a start need not wait for.
if (service !== undefined) {
  let sdl: string | undefined;
  service.resolve = () => {
    sdl ??= printSubgraph();
    return { sdl };
  };
}

readPlainly(fullSchema);
resolveEntitiesIndependently(fullSchema);
enforceScopes(fullSchema);

/** The schema as it is served. */
export const schema: GraphQLSchema = fullSchema;

/** The SDL of the whole schema, federation directives included. */
export function printFullSdl(): string {
  return printSubgraphSchema(fullSchema);
}

/** The SDL that composers get. */
export function printSubgraph(): string {
  return printSubgraphSchema(omitNodeFields(fullSchema));
}

function omitNodeFields(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  const query = config.query?.toConfig();
  if (query === undefined) return schema;
  const fields = Object.entries(query.fields).filter(([name]) => !NOT_IN_SUBGRAPH.has(name));
  // The printer goes by the syntax tree where a type has one, and that is where directives are.
  const tree = query.astNode;
  const astNode = tree && {
    ...tree,
    fields: tree.fields?.filter(({ name }) => !NOT_IN_SUBGRAPH.has(name.value)) ?? [],
  };
  const trimmed = new GraphQLObjectType({ ...query, astNode, fields: Object.fromEntries(fields) });
  const types = config.types.map((type) => (type === config.query ? trimmed : type));
  return new GraphQLSchema({ ...config, query: trimmed, types });
}
