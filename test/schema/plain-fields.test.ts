import { buildSchema, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readPlainly, readsProperty } from '../../src/graphql/schema/trivial-resolvers.js';
import { schema } from '../support/schema.js';

const fieldsOf = (type: string, of: GraphQLSchema = schema) =>
  (of.getType(type) as GraphQLObjectType | undefined)?.getFields() ?? {};

describe('a trivial resolver', () => {
  it('is removed only from marked fields, whatever the name of the type', () => {
    const other = buildSchema(`
      type Query { list: ThingConnection }
      type ThingConnection { edges: [ThingEdge]  totalCount: Int }
      type ThingEdge { weight: Int }
      type PageInfo { total: Int }
    `);
    const resolve = () => 7;
    const custom = [
      fieldsOf('ThingConnection', other).totalCount,
      fieldsOf('ThingEdge', other).weight,
      fieldsOf('PageInfo', other).total,
    ];
    for (const field of custom) Object.assign(field ?? {}, { resolve });
    const { edges } = fieldsOf('ThingConnection', other);
    Object.assign(edges ?? {}, { resolve, ...readsProperty });
    readPlainly(other);
    expect(custom.map((field) => field?.resolve)).toEqual([resolve, resolve, resolve]);
    expect(edges?.resolve).toBeUndefined();
  });

  it('is removed from all fields of Relay types', () => {
    for (const type of ['PageInfo', 'SimDataSessionsConnection', 'SimDataSessionsEdge']) {
      const resolved = Object.values(fieldsOf(type)).filter((field) => field.resolve !== undefined);
      expect(
        resolved.map(({ name }) => name),
        type,
      ).toEqual([]);
    }
  });

  it('is marked only on fields whose resolver a library creates', () => {
    const marked = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter(({ extensions }) => extensions.readsProperty === true)
          .map(({ name }) => `${type.name}.${name}`),
      );
    expect(marked.sort()).toEqual([
      'Command.sid',
      'CommandConnection.edges',
      'CommandConnection.nodes',
      'CommandConnection.pageInfo',
      'CommandEdge.node',
      'RatePlan.sid',
      'RatePlanConnection.edges',
      'RatePlanConnection.nodes',
      'RatePlanConnection.pageInfo',
      'RatePlanEdge.node',
      'Sim.sid',
      'SimConnection.edges',
      'SimConnection.nodes',
      'SimConnection.pageInfo',
      'SimDataSessionsConnection.edges',
      'SimDataSessionsConnection.nodes',
      'SimDataSessionsConnection.pageInfo',
      'SimDataSessionsEdge.node',
      'SimEdge.node',
      'UsageRecordConnection.edges',
      'UsageRecordConnection.nodes',
      'UsageRecordConnection.pageInfo',
      'UsageRecordEdge.node',
    ]);
  });
});
