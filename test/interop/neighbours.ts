import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { block } from '../readme/blocks.js';
import { type HttpServer, serve } from './http-server.js';

const LINK = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
`;

/** Another subgraph: devices with a SIM, and additional fields of SIMs and sessions. */
export function serveDevices(simSids: readonly string[]): Promise<HttpServer> {
  const devices = simSids.map((sid, index) => ({ serial: `SN-${index}`, sim: { sid } }));
  return serveSubgraph(block('devices.graphql'), {
    Query: {
      devices: () => devices,
      device: (_root: unknown, { serial }: { serial: string }) =>
        devices.find((device) => device.serial === serial),
    },
    Sim: {
      __resolveReference: (reference: { sid: string }) => reference,
      device: ({ sid }: { sid: string }) => devices.find(({ sim }) => sim.sid === sid),
    },
    DataSession: {
      __resolveReference: (reference: object) => reference,
      invoice: ({ sid }: { sid: string | null }) => `invoice of ${sid}`,
    },
  });
}

/** A second Relay subgraph with connections, `PageInfo` and `node`, which also resolves SIMs. */
export function serveTickets(simSid: string): Promise<HttpServer> {
  const simId = Buffer.from(`Sim:${simSid}`).toString('base64');
  const ticket = { __typename: 'Ticket', id: 'T1', sim: { id: simId } };
  return serveSubgraph(
    `${LINK}
    interface Node {
      id: ID!
    }
    type PageInfo @shareable {
      hasNextPage: Boolean!
      hasPreviousPage: Boolean!
      startCursor: String
      endCursor: String
    }
    type TicketConnection {
      edges: [TicketEdge!]!
      pageInfo: PageInfo!
    }
    type TicketEdge {
      node: Ticket!
      cursor: String!
    }
    type Ticket implements Node {
      id: ID!
      sim: Sim
    }
    type Sim implements Node @key(fields: "id") {
      id: ID!
    }
    type Query {
      node(id: ID!): Node
      nodes(ids: [ID!]!): [Node]!
      tickets(first: Int, after: String): TicketConnection!
    }`,
    {
      Query: {
        node: (_root: unknown, { id }: { id: string }) =>
          id === ticket.id ? ticket : { __typename: 'Sim', id },
        nodes: () => [ticket],
        tickets: () => ({
          edges: [{ node: ticket, cursor: 'T1' }],
          pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: 'T1', endCursor: 'T1' },
        }),
      },
      Sim: { __resolveReference: (reference: object) => reference },
    },
  );
}

function serveSubgraph(sdl: string, resolvers: Record<string, Record<string, unknown>>): Promise<HttpServer> {
  const schema = buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: resolvers as never });
  return serve(createYoga({ schema, logging: false, graphiql: false }));
}
