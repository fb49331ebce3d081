import { GraphQLScalarType } from 'graphql';
import { connectionOf } from './rest.mjs';

/** The schema that Mercurius, Yoga and Apollo Server serve: the part of the gateway's that the query is about. */
export const typeDefs = /* GraphQL */ `
  scalar DateTime
  scalar Long

  type Query {
    sim(sid: ID!): Sim
  }

  type Sim {
    sid: ID!
    dataSessions(first: Int = 50): SimDataSessionsConnection
  }

  type SimDataSessionsConnection {
    edges: [SimDataSessionsConnectionEdge!]!
    pageInfo: PageInfo!
  }

  type SimDataSessionsConnectionEdge {
    cursor: String!
    node: DataSession!
  }

  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }

  type DataSession {
    sid: ID
    simSid: ID
    accountSid: ID
    radioLink: String
    operatorMcc: String
    operatorMnc: String
    operatorCountry: String
    operatorName: String
    packetsUploaded: Long
    packetsDownloaded: Long
    lastUpdated: DateTime
    start: DateTime
    end: DateTime
    imei: String
  }
`;

const asItIs = (/** @type {string} */ name) =>
  new GraphQLScalarType({ name, serialize: (value) => value, parseValue: (value) => value });

/**
 * @typedef {{ fetchPage: (sid: string, size: number) => Promise<any> }} Context
 */

export const resolvers = {
  DateTime: asItIs('DateTime'),
  Long: asItIs('Long'),
  Query: {
    sim: (/** @type {unknown} */ _root, /** @type {{ sid: string }} */ { sid }) => ({ sid }),
  },
  Sim: {
    dataSessions: async (
      /** @type {{ sid: string }} */ { sid },
      /** @type {{ first: number }} */ { first },
      /** @type {Context} */ context,
    ) => connectionOf(await context.fetchPage(sid, first), (record) => record),
  },
  DataSession: {
    simSid: (/** @type {any} */ record) => record.sim_sid,
    accountSid: (/** @type {any} */ record) => record.account_sid,
    radioLink: (/** @type {any} */ record) => record.radio_link,
    operatorMcc: (/** @type {any} */ record) => record.operator_mcc,
    operatorMnc: (/** @type {any} */ record) => record.operator_mnc,
    operatorCountry: (/** @type {any} */ record) => record.operator_country,
    operatorName: (/** @type {any} */ record) => record.operator_name,
    packetsUploaded: (/** @type {any} */ record) => record.packets_uploaded,
    packetsDownloaded: (/** @type {any} */ record) => record.packets_downloaded,
    lastUpdated: (/** @type {any} */ record) => record.last_updated,
  },
};
