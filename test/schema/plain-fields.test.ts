import { buildSchema, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readPlainly, readsProperty } from '../../src/graphql/schema/trivial-resolvers.js';
import { schema } from '../support/schema.js';

const fieldsOf = (type: string, of: GraphQLSchema = schema) =>
  (of.getType(type) as GraphQLObjectType | undefined)?.getFields() ?? {};

describe('a field that reads the property of its name', () => {
  it('loses its resolver only if it is marked, whatever its type is called', () => {
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

  it('has no resolver in the types of Relay: all their fields are compiled to property reads', () => {
    for (const type of ['PageInfo', 'SimDataSessionsConnection', 'SimDataSessionsEdge']) {
      const resolved = Object.values(fieldsOf(type)).filter((field) => field.resolve !== undefined);
      expect(
        resolved.map(({ name }) => name),
        type,
      ).toEqual([]);
    }
  });

  it('is marked where a library makes the resolver, and nowhere else', () => {
    const marked = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter(({ extensions }) => extensions.readsProperty === true)
          .map(({ name }) => `${type.name}.${name}`),
      );
    expect(marked.sort()).toEqual([
      'Sim.sid',
      'SimDataSessionsConnection.edges',
      'SimDataSessionsConnection.nodes',
      'SimDataSessionsConnection.pageInfo',
      'SimDataSessionsEdge.node',
    ]);
  });
});
