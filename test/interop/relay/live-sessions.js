import { graphql } from 'relay-runtime';

/** As many sessions as a snapshot has. */
export const query = graphql`
  query liveSessionsQuery($sid: ID!) {
    sim(sid: $sid) {
      id
      dataSessions(first: 50) @connection(key: "liveSessions_dataSessions") {
        edges {
          node {
            id
            sid
            end
            packetsUploaded
          }
        }
      }
    }
  }
`;

/** What happens to them, with the same fields. */
export const subscription = graphql`
  subscription liveSessionsSubscription($sid: ID!, $after: String) {
    dataSessionEvents(simSid: $sid, after: $after) {
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
`;
