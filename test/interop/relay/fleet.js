import { graphql } from 'relay-runtime';

/** A list of SIMs below `Query`, with a filtered list of sessions below each. */
export const query = graphql`
  query fleetQuery($count: Int!, $filter: DataSessionFilter) {
    ...fleet_query @arguments(count: $count, filter: $filter)
  }
`;

/** The list, whose next page is fetched with the same query. */
export const list = graphql`
  fragment fleet_query on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 50 }
    cursor: { type: "String" }
    filter: { type: "DataSessionFilter" }
  )
  @refetchable(queryName: "fleetNextPageQuery") {
    sims(first: $count, after: $cursor, status: ACTIVE) @connection(key: "fleet_sims") {
      edges {
        node {
          id
          sid
          dataSessions(first: 2, filter: $filter) {
            edges {
              node {
                id
                sid
              }
            }
          }
        }
      }
    }
  }
`;
