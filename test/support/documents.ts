import { graphql } from '../graphql/gql.js';

/** One window of a SIM's sessions, with fields for pagination and comparison. */
export const SessionsPage = graphql(/* GraphQL */ `
  query SessionsPage($sid: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    sim(sid: $sid) {
      sid
      dataSessions(first: $first, after: $after, last: $last, before: $before) {
        edges {
          cursor
          node {
            id
            sid
            start
          }
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`);

/** All fields of a data session. */
export const WholeSessions = graphql(/* GraphQL */ `
  query WholeSessions($sid: ID!, $first: Int!, $after: String) {
    sim(sid: $sid) {
      dataSessions(first: $first, after: $after) {
        pageInfo {
          hasNextPage
          endCursor
        }
        edges {
          node {
            id
            sid
            simSid
            accountSid
            radioLink
            operatorMcc
            operatorMnc
            operatorCountry
            operatorName
            cellId
            cellLocationEstimate {
              lat
              lon
            }
            packetsUploaded
            packetsDownloaded
            lastUpdated
            start
            end
            imei
            active
            durationSeconds
          }
        }
      }
    }
  }
`);

/** All fields of a SIM except its sessions. */
export const WholeSim = graphql(/* GraphQL */ `
  query WholeSim($sid: ID!) {
    sim(sid: $sid) {
      __typename
      id
      sid
      uniqueName
      accountSid
      ratePlanSid
      friendlyName
      iccid
      eId
      status
      resetStatus
      commandsCallbackUrl
      commandsCallbackMethod
      dateCreated
      dateUpdated
      url
      links {
        dataSessions
        ratePlan
        usageRecords
      }
      ipAddress
    }
  }
`);

/** Objects by their global IDs. */
export const Refetched = graphql(/* GraphQL */ `
  query Refetched($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      id
      ... on Sim {
        sid
        uniqueName
        status
      }
    }
  }
`);

/** SIMs with the sessions of each that match a filter. */
export const FleetPage = graphql(/* GraphQL */ `
  query FleetPage($first: Int!, $after: String, $filter: DataSessionFilter) {
    sims(first: $first, after: $after, status: ACTIVE) {
      edges {
        cursor
        node {
          id
          sid
          dataSessions(first: 2, filter: $filter) {
            edges {
              cursor
              node {
                id
                sid
              }
            }
            pageInfo {
              hasNextPage
              endCursor
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);
