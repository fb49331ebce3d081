import { isDeepStrictEqual } from 'node:util';

/*
 * The question that everybody is asked, and what the answers have in common, so that they can be compared: instants
 * as numbers, since the gateway writes them with milliseconds, and no cursors, since those are everybody's own.
 */

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string} [body]
 */

/**
 * @typedef {object} Answer
 * @property {readonly Record<string, unknown>[]} sessions
 * @property {boolean} hasNextPage
 */

/** What is selected of a SIM. */
export const FIELDS = /* GraphQL */ `
      sid
      dataSessions(first: $first) {
        edges {
          cursor
          node {
            sid
            start
            end
            packetsUploaded
            packetsDownloaded
            operatorName
            operatorMcc
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
`;

export const QUERY = /* GraphQL */ `
  query Sessions($sid: ID!, $first: Int!) {
    sim(sid: $sid) {${FIELDS}    }
  }
`;

/** Mesh takes over the names of the REST API, and knows neither SIM nor connection; a pattern becomes a type. */
export const MESH_QUERY = /* GraphQL */ `
  query Sessions($sid: queryInput_ListDataSession_SimSid!, $first: PositiveInt!) {
    ListDataSession(SimSid: $sid, PageSize: $first) {
      data_sessions {
        sid
        start
        end
        packets_uploaded
        packets_downloaded
        operator_name
        operator_mcc
      }
      meta {
        next_page_url
      }
    }
  }
`;

/**
 * @param {string} query
 * @param {Record<string, string>} headers
 * @returns {(sid: string, first: number) => Request}
 */
export function graphqlRequest(query, headers = {}) {
  return (sid, first) => ({
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query, variables: { sid, first } }),
  });
}

/**
 * @param {string} sid
 * @param {number} first
 * @returns {Request}
 */
export function restRequest(sid, first) {
  return { method: 'GET', path: `/sims/${sid}?first=${first}`, headers: {} };
}

/**
 * Reads a Relay connection.
 *
 * @param {any} json
 * @returns {Answer}
 * @throws {Error} when its cursors are no cursors
 */
export function readConnection({ data }) {
  return readConnectionOf(data.sim);
}

/**
 * Reads the Relay connection of a SIM.
 *
 * @param {any} sim
 * @returns {Answer}
 * @throws {Error} when its cursors are no cursors
 */
export function readConnectionOf(sim) {
  const { edges, pageInfo } = sim.dataSessions;
  const cursors = edges.map((/** @type {any} */ { cursor }) => cursor);
  if (new Set(cursors).size !== cursors.length) throw new Error('cursors are not unique');
  if (pageInfo.endCursor !== cursors.at(-1)) throw new Error('endCursor is not the last cursor');
  const sessions = edges.map((/** @type {any} */ { node }) => comparable(node));
  return { sessions, hasNextPage: pageInfo.hasNextPage };
}

/**
 * Reads the upstream's own page.
 *
 * @param {any} json
 * @returns {Answer}
 */
export function readPage({ data_sessions: records, meta }) {
  const sessions = records.map((/** @type {any} */ record) =>
    comparable({
      sid: record.sid,
      start: record.start,
      end: record.end,
      packetsUploaded: record.packets_uploaded,
      packetsDownloaded: record.packets_downloaded,
      operatorName: record.operator_name,
      operatorMcc: record.operator_mcc,
    }),
  );
  return { sessions, hasNextPage: meta.next_page_url !== null };
}

/** @param {any} session */
function comparable(session) {
  const instant = (/** @type {string | null} */ text) => (text === null ? null : Date.parse(text));
  return { ...session, start: instant(session.start), end: instant(session.end) };
}

/**
 * How an answer differs from the one expected, in words; empty when it does not.
 *
 * @param {Answer} expected
 * @param {Answer} actual
 * @returns {string[]}
 */
export function differences(expected, actual) {
  const found = [];
  if (actual.hasNextPage !== expected.hasNextPage) found.push('hasNextPage');
  if (actual.sessions.length !== expected.sessions.length) found.push(`${actual.sessions.length} sessions`);
  for (const [index, session] of expected.sessions.entries()) {
    const given = actual.sessions[index] ?? {};
    for (const name of new Set([...Object.keys(session), ...Object.keys(given)])) {
      if (isDeepStrictEqual(session[name], given[name])) continue;
      found.push(`session ${index}: ${name} is ${given[name]}, not ${session[name]}`);
    }
  }
  return found;
}
