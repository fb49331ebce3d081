import type { GraphiQLOptions } from 'graphql-yoga';

/** Stands where somebody's own SID belongs. */
const PLACEHOLDER_SID = `DE${'0'.repeat(32)}`;

/**
 * What GraphiQL opens with.
 *
 * @param sid - a SIM that the first query can be run with as it stands
 */
export function graphiqlOptions(sid: string | null): Partial<GraphiQLOptions> {
  return { title: 'Wireless gateway', defaultQuery: exampleQuery(sid) };
}

/** A first query: one SIM, and the first window of its data sessions. */
export function exampleQuery(sid: string | null): string {
  return `query FirstSessions {
  sim(sid: "${sid ?? PLACEHOLDER_SID}") {
    sid
    status
    dataSessions(first: 3) {
      edges {
        cursor
        node {
          start
          end
          operatorName
          packetsDownloaded
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`;
}

/** Renders GraphiQL from its package, so that it needs no other host. 9 MB, so it is only loaded when asked for. */
export async function renderGraphiql(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL(options);
}
