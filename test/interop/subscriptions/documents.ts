import { graphql } from '../../graphql/gql.js';

/** What happens to the sessions of a SIM. */
export const SessionEvents = graphql(/* GraphQL */ `
  subscription SessionEvents($simSid: ID!, $after: String) {
    dataSessionEvents(simSid: $simSid, after: $after) {
      kind
      cursor
      edge {
        cursor
        node {
          id
          sid
          end
          packetsUploaded
        }
      }
    }
  }
`);

/** The list that the events are about, with the same fields. */
export const LatestSessions = graphql(/* GraphQL */ `
  query LatestSessions($sid: ID!) {
    sim(sid: $sid) {
      id
      sid
      dataSessions(first: 10) {
        edges {
          cursor
          node {
            id
            sid
            end
            packetsUploaded
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);
