import { request } from 'undici';

/*
 * What the hand-written contestants have in common: the way to the upstream, and the shape of a window. They leave
 * out what the gateway has beside it (`after`, validation, retries, limits), which makes them faster, not slower.
 */

const { UPSTREAM_URL = '', UPSTREAM_USER = '', UPSTREAM_PASSWORD = '' } = process.env;
const authorization = `Basic ${Buffer.from(`${UPSTREAM_USER}:${UPSTREAM_PASSWORD}`).toString('base64')}`;

export const upstreamUrl = UPSTREAM_URL;
export const headers = { authorization };

/**
 * @param {string} sid
 * @param {number} size
 */
export function listPath(sid, size) {
  return `/v1/Sims/${sid}/DataSessions?PageSize=${size}`;
}

/**
 * The first page of a SIM's data sessions, as the upstream gives it.
 *
 * @param {string} sid
 * @param {number} size
 */
export async function fetchPage(sid, size) {
  return fetchJson(listPath(sid, size));
}

/** @param {string} path */
export async function fetchJson(path) {
  const { statusCode, body } = await request(UPSTREAM_URL + path, { headers });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`the upstream answered ${statusCode}`);
  return JSON.parse(text);
}

/**
 * A page as a Relay connection.
 *
 * @template N
 * @param {any} page
 * @param {(record: any) => N} toNode
 * @param {any[]} records - of the page
 */
export function connectionOf({ meta, data_sessions }, toNode, records = data_sessions) {
  const edges = records.map((/** @type {any} */ record, /** @type {number} */ index) => ({
    cursor: Buffer.from(`${meta.page}:${index}`).toString('base64url'),
    node: toNode(record),
  }));
  return {
    edges,
    pageInfo: { hasNextPage: meta.next_page_url !== null, endCursor: edges.at(-1)?.cursor ?? null },
  };
}

/**
 * Serves until the bench says stop; by way of `exit`, so that a CPU profile is written.
 *
 * @param {import('node:http').Server} server
 */
export function serve(server) {
  server.listen(Number(process.env.PORT), '127.0.0.1');
  stopOnSignal();
}

export function stopOnSignal() {
  process.once('SIGTERM', () => process.exit(0));
}
