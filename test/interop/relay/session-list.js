import { graphql } from 'relay-runtime';

/** What a Relay application has in its source; `relay-compiler` makes its operations from it. */
export const query = graphql`
  query sessionListQuery($sid: ID!, $count: Int!) {
    sim(sid: $sid) {
      ...sessionList_sim @arguments(count: $count)
    }
  }
`;

/** The list of sessions, whose next page is fetched by way of `node(id)`. */
export const list = graphql`
  fragment sessionList_sim on Sim
  @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" })
  @refetchable(queryName: "sessionListNextPageQuery") {
    dataSessions(first: $count, after: $cursor) @connection(key: "sessionList_dataSessions") {
      edges {
        node {
          id
          sid
          start
        }
      }
    }
  }
`;
