/* eslint-disable */
import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  subscription SessionEvents($simSid: ID!, $after: String) {\n    dataSessionEvents(simSid: $simSid, after: $after) {\n      kind\n      cursor\n      edge {\n        cursor\n        node {\n          id\n          sid\n          end\n          packetsUploaded\n        }\n      }\n    }\n  }\n": typeof types.SessionEventsDocument,
    "\n  query LatestSessions($sid: ID!) {\n    sim(sid: $sid) {\n      id\n      sid\n      dataSessions(first: 10) {\n        edges {\n          cursor\n          node {\n            id\n            sid\n            end\n            packetsUploaded\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": typeof types.LatestSessionsDocument,
    "\n  query SessionsPage($sid: ID!, $first: Int, $after: String, $last: Int, $before: String) {\n    sim(sid: $sid) {\n      sid\n      dataSessions(first: $first, after: $after, last: $last, before: $before) {\n        edges {\n          cursor\n          node {\n            id\n            sid\n            start\n          }\n        }\n        pageInfo {\n          hasNextPage\n          hasPreviousPage\n          startCursor\n          endCursor\n        }\n      }\n    }\n  }\n": typeof types.SessionsPageDocument,
    "\n  query WholeSessions($sid: ID!, $first: Int!, $after: String) {\n    sim(sid: $sid) {\n      dataSessions(first: $first, after: $after) {\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        edges {\n          node {\n            id\n            sid\n            simSid\n            accountSid\n            radioLink\n            operatorMcc\n            operatorMnc\n            operatorCountry\n            operatorName\n            cellId\n            cellLocationEstimate {\n              lat\n              lon\n            }\n            packetsUploaded\n            packetsDownloaded\n            lastUpdated\n            start\n            end\n            imei\n            active\n            durationSeconds\n          }\n        }\n      }\n    }\n  }\n": typeof types.WholeSessionsDocument,
    "\n  query WholeSim($sid: ID!) {\n    sim(sid: $sid) {\n      __typename\n      id\n      sid\n      uniqueName\n      accountSid\n      ratePlanSid\n      friendlyName\n      iccid\n      eId\n      status\n      resetStatus\n      commandsCallbackUrl\n      commandsCallbackMethod\n      dateCreated\n      dateUpdated\n      url\n      links {\n        dataSessions\n        ratePlan\n        usageRecords\n      }\n      ipAddress\n    }\n  }\n": typeof types.WholeSimDocument,
    "\n  query Refetched($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      __typename\n      id\n      ... on Sim {\n        sid\n        uniqueName\n        status\n      }\n    }\n  }\n": typeof types.RefetchedDocument,
    "\n  query FleetPage($first: Int!, $after: String, $filter: DataSessionFilter) {\n    sims(first: $first, after: $after, status: ACTIVE) {\n      edges {\n        cursor\n        node {\n          id\n          sid\n          dataSessions(first: 2, filter: $filter) {\n            edges {\n              cursor\n              node {\n                id\n                sid\n              }\n            }\n            pageInfo {\n              hasNextPage\n              endCursor\n            }\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.FleetPageDocument,
};
const documents: Documents = {
    "\n  subscription SessionEvents($simSid: ID!, $after: String) {\n    dataSessionEvents(simSid: $simSid, after: $after) {\n      kind\n      cursor\n      edge {\n        cursor\n        node {\n          id\n          sid\n          end\n          packetsUploaded\n        }\n      }\n    }\n  }\n": types.SessionEventsDocument,
    "\n  query LatestSessions($sid: ID!) {\n    sim(sid: $sid) {\n      id\n      sid\n      dataSessions(first: 10) {\n        edges {\n          cursor\n          node {\n            id\n            sid\n            end\n            packetsUploaded\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": types.LatestSessionsDocument,
    "\n  query SessionsPage($sid: ID!, $first: Int, $after: String, $last: Int, $before: String) {\n    sim(sid: $sid) {\n      sid\n      dataSessions(first: $first, after: $after, last: $last, before: $before) {\n        edges {\n          cursor\n          node {\n            id\n            sid\n            start\n          }\n        }\n        pageInfo {\n          hasNextPage\n          hasPreviousPage\n          startCursor\n          endCursor\n        }\n      }\n    }\n  }\n": types.SessionsPageDocument,
    "\n  query WholeSessions($sid: ID!, $first: Int!, $after: String) {\n    sim(sid: $sid) {\n      dataSessions(first: $first, after: $after) {\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        edges {\n          node {\n            id\n            sid\n            simSid\n            accountSid\n            radioLink\n            operatorMcc\n            operatorMnc\n            operatorCountry\n            operatorName\n            cellId\n            cellLocationEstimate {\n              lat\n              lon\n            }\n            packetsUploaded\n            packetsDownloaded\n            lastUpdated\n            start\n            end\n            imei\n            active\n            durationSeconds\n          }\n        }\n      }\n    }\n  }\n": types.WholeSessionsDocument,
    "\n  query WholeSim($sid: ID!) {\n    sim(sid: $sid) {\n      __typename\n      id\n      sid\n      uniqueName\n      accountSid\n      ratePlanSid\n      friendlyName\n      iccid\n      eId\n      status\n      resetStatus\n      commandsCallbackUrl\n      commandsCallbackMethod\n      dateCreated\n      dateUpdated\n      url\n      links {\n        dataSessions\n        ratePlan\n        usageRecords\n      }\n      ipAddress\n    }\n  }\n": types.WholeSimDocument,
    "\n  query Refetched($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      __typename\n      id\n      ... on Sim {\n        sid\n        uniqueName\n        status\n      }\n    }\n  }\n": types.RefetchedDocument,
    "\n  query FleetPage($first: Int!, $after: String, $filter: DataSessionFilter) {\n    sims(first: $first, after: $after, status: ACTIVE) {\n      edges {\n        cursor\n        node {\n          id\n          sid\n          dataSessions(first: 2, filter: $filter) {\n            edges {\n              cursor\n              node {\n                id\n                sid\n              }\n            }\n            pageInfo {\n              hasNextPage\n              endCursor\n            }\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.FleetPageDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription SessionEvents($simSid: ID!, $after: String) {\n    dataSessionEvents(simSid: $simSid, after: $after) {\n      kind\n      cursor\n      edge {\n        cursor\n        node {\n          id\n          sid\n          end\n          packetsUploaded\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription SessionEvents($simSid: ID!, $after: String) {\n    dataSessionEvents(simSid: $simSid, after: $after) {\n      kind\n      cursor\n      edge {\n        cursor\n        node {\n          id\n          sid\n          end\n          packetsUploaded\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query LatestSessions($sid: ID!) {\n    sim(sid: $sid) {\n      id\n      sid\n      dataSessions(first: 10) {\n        edges {\n          cursor\n          node {\n            id\n            sid\n            end\n            packetsUploaded\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query LatestSessions($sid: ID!) {\n    sim(sid: $sid) {\n      id\n      sid\n      dataSessions(first: 10) {\n        edges {\n          cursor\n          node {\n            id\n            sid\n            end\n            packetsUploaded\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SessionsPage($sid: ID!, $first: Int, $after: String, $last: Int, $before: String) {\n    sim(sid: $sid) {\n      sid\n      dataSessions(first: $first, after: $after, last: $last, before: $before) {\n        edges {\n          cursor\n          node {\n            id\n            sid\n            start\n          }\n        }\n        pageInfo {\n          hasNextPage\n          hasPreviousPage\n          startCursor\n          endCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query SessionsPage($sid: ID!, $first: Int, $after: String, $last: Int, $before: String) {\n    sim(sid: $sid) {\n      sid\n      dataSessions(first: $first, after: $after, last: $last, before: $before) {\n        edges {\n          cursor\n          node {\n            id\n            sid\n            start\n          }\n        }\n        pageInfo {\n          hasNextPage\n          hasPreviousPage\n          startCursor\n          endCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WholeSessions($sid: ID!, $first: Int!, $after: String) {\n    sim(sid: $sid) {\n      dataSessions(first: $first, after: $after) {\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        edges {\n          node {\n            id\n            sid\n            simSid\n            accountSid\n            radioLink\n            operatorMcc\n            operatorMnc\n            operatorCountry\n            operatorName\n            cellId\n            cellLocationEstimate {\n              lat\n              lon\n            }\n            packetsUploaded\n            packetsDownloaded\n            lastUpdated\n            start\n            end\n            imei\n            active\n            durationSeconds\n          }\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query WholeSessions($sid: ID!, $first: Int!, $after: String) {\n    sim(sid: $sid) {\n      dataSessions(first: $first, after: $after) {\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        edges {\n          node {\n            id\n            sid\n            simSid\n            accountSid\n            radioLink\n            operatorMcc\n            operatorMnc\n            operatorCountry\n            operatorName\n            cellId\n            cellLocationEstimate {\n              lat\n              lon\n            }\n            packetsUploaded\n            packetsDownloaded\n            lastUpdated\n            start\n            end\n            imei\n            active\n            durationSeconds\n          }\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WholeSim($sid: ID!) {\n    sim(sid: $sid) {\n      __typename\n      id\n      sid\n      uniqueName\n      accountSid\n      ratePlanSid\n      friendlyName\n      iccid\n      eId\n      status\n      resetStatus\n      commandsCallbackUrl\n      commandsCallbackMethod\n      dateCreated\n      dateUpdated\n      url\n      links {\n        dataSessions\n        ratePlan\n        usageRecords\n      }\n      ipAddress\n    }\n  }\n"): (typeof documents)["\n  query WholeSim($sid: ID!) {\n    sim(sid: $sid) {\n      __typename\n      id\n      sid\n      uniqueName\n      accountSid\n      ratePlanSid\n      friendlyName\n      iccid\n      eId\n      status\n      resetStatus\n      commandsCallbackUrl\n      commandsCallbackMethod\n      dateCreated\n      dateUpdated\n      url\n      links {\n        dataSessions\n        ratePlan\n        usageRecords\n      }\n      ipAddress\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Refetched($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      __typename\n      id\n      ... on Sim {\n        sid\n        uniqueName\n        status\n      }\n    }\n  }\n"): (typeof documents)["\n  query Refetched($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      __typename\n      id\n      ... on Sim {\n        sid\n        uniqueName\n        status\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query FleetPage($first: Int!, $after: String, $filter: DataSessionFilter) {\n    sims(first: $first, after: $after, status: ACTIVE) {\n      edges {\n        cursor\n        node {\n          id\n          sid\n          dataSessions(first: 2, filter: $filter) {\n            edges {\n              cursor\n              node {\n                id\n                sid\n              }\n            }\n            pageInfo {\n              hasNextPage\n              endCursor\n            }\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query FleetPage($first: Int!, $after: String, $filter: DataSessionFilter) {\n    sims(first: $first, after: $after, status: ACTIVE) {\n      edges {\n        cursor\n        node {\n          id\n          sid\n          dataSessions(first: 2, filter: $filter) {\n            edges {\n              cursor\n              node {\n                id\n                sid\n              }\n            }\n            pageInfo {\n              hasNextPage\n              endCursor\n            }\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;