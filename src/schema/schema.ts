import { printSubgraphSchema } from '@apollo/subgraph';
import { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { builder } from './builder.js';
import './query.js';
import './scalars.js';

/** Fields that a subgraph leaves out: two Relay subgraphs that both have them do not compose. */
const NOT_IN_SUBGRAPH = new Set(['node', 'nodes']);

const whole = builder.toSubGraphSchema({ linkUrl: 'https://specs.apollo.dev/federation/v2.9' });

const service = whole.getQueryType()?.getFields()['_service'];
const subgraphSdl = printSubgraphSchema(withoutNodes(whole));
// The plugin would answer with the whole schema.
if (service !== undefined) service.resolve = () => ({ sdl: subgraphSdl });

/** The schema as it is served. */
export const schema: GraphQLSchema = whole;

/** The SDL of the whole schema, federation directives included. */
export const wholeSdl: string = printSubgraphSchema(whole);

function withoutNodes(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  const query = config.query?.toConfig();
  if (query === undefined) return schema;
  const fields = Object.entries(query.fields).filter(([name]) => !NOT_IN_SUBGRAPH.has(name));
  const trimmed = new GraphQLObjectType({ ...query, fields: Object.fromEntries(fields) });
  return new GraphQLSchema({
    ...config,
    query: trimmed,
    types: [...config.types.filter((type) => type !== config.query), trimmed],
  });
}
