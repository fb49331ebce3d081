import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** Window sizes of walkers, in turn. */
const SIZES = [50, 7, 200, 1, 100];
/**
 * Sessions that a walk may not have seen yet: the head of a list may be as old as the gateway's caches allow, which
 * is not as long as it takes for two sessions of one SIM to arrive.
 */
const UNSEEN = 1;
/** How often a walker asks again for a window that the upstream has failed at. */
const TRIES = 20;
/** What it waits before, beside what the answer asks for. */
const PAUSE_MS = 50;
const SIMS_AT_ONCE = 12;
const LONGEST_WINDOW = 60;

const WINDOW = `query Window($sid: ID!, $first: Int, $after: String) { sim(sid: $sid) {
  dataSessions(first: $first, after: $after) { edges { node { sid } } pageInfo { hasNextPage endCursor } } } }`;
const EACH = Array.from({ length: SIMS_AT_ONCE }, (_, at) => at);
const MANY = `query Many(${EACH.map((at) => `$s${at}: ID!`).join(', ')}) {
  ${EACH.map((at) => `s${at}: sim(sid: $s${at}) { ...S }`).join(' ')}
} fragment S on Sim { sid status dataSessions(first: 3) { edges { cursor } } }`;
const INVALID = [
  { query: '{ sim(sid: "DE' },
  { query: '{ nothing }' },
  { query: WINDOW, variables: { sid: 'no SID' } },
  { query: WINDOW, variables: { sid: 'DE0123456789abcdef0123456789abcdef', first: -1 } },
  { query: WINDOW, variables: { sid: 'DE0123456789abcdef0123456789abcdef', after: 'w4.forged.0-0-0-0' } },
];
/** Errors that tell of the upstream, and are as they should be while that fails. */
const UPSTREAM_CODES = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_BAD_RESPONSE',
  'RATE_LIMITED',
]);
const INPUT_CODES = new Set(['BAD_USER_INPUT', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

/**
 * Keeps so many clients busy until the end, each with one thing after the other.
 *
 * @param {number} count
 * @param {{ url: string, sandbox: import('../../src/sandbox/index.js').Sandbox,
 *   report: import('./report.mjs').Report, signal: AbortSignal }} scene
 */
export async function runClients(count, { url, sandbox, report, signal }) {
  const pool = new Pool(url, { connections: count });
  const { simSids } = sandbox;
  const longSims = simSids.filter((sid) => sandbox.sessions(sid).length >= LONGEST_WINDOW);

  /** Sends one operation. @returns its answer, or `null` when there was none that is fit for a client */
  async function ask(kind, body, expected = UPSTREAM_CODES) {
    const askedAt = performance.now();
    let status = 0;
    let result = null;
    try {
      const response = await pool.request({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      status = response.statusCode;
      result = await response.body.json();
    } catch (error) {
      report.failed(kind, `${error.code ?? error.name} at the client`);
      return null;
    }
    report.answered(kind, performance.now() - askedAt);
    const codes = (result.errors ?? []).map(({ extensions }) => extensions?.code);
    const unexpected = codes.find((code) => !expected.has(code));
    if (status >= 500) report.failed(kind, `status ${status}`);
    else if (unexpected !== undefined) report.failed(kind, `error ${unexpected}`);
    else if (codes.length > 0 && expected === UPSTREAM_CODES) report.upstreamError(kind);
    return status < 500 && unexpected === undefined ? result : null;
  }

  async function firstWindow() {
    const [sid, first] = [pick(longSims), 1 + Math.floor(Math.random() * LONGEST_WINDOW)];
    const result = await ask('first window', { query: WINDOW, variables: { sid, first } });
    const edges = result?.data?.sim?.dataSessions?.edges;
    if (edges !== undefined && edges.length !== first) {
      report.failed('first window', `${edges.length} of ${first} sessions`);
    }
  }

  async function manySims() {
    const sids = Array.from({ length: SIMS_AT_ONCE }, () => pick(simSids));
    const variables = Object.fromEntries(sids.map((sid, at) => [`s${at}`, sid]));
    const result = await ask('many SIMs', { query: MANY, variables });
    const answered = Object.values(result?.data ?? {});
    if (result !== null && result.errors === undefined && answered.some((sim, at) => sim?.sid !== sids[at])) {
      report.failed('many SIMs', 'another SIM than was asked for');
    }
  }

  async function invalidInput() {
    const result = await ask('invalid input', pick(INVALID), INPUT_CODES);
    if (result !== null && result.errors === undefined) report.failed('invalid input', 'was answered');
  }

  /** Walks a list to its end: all that was there at the start, in order, with nothing but newer ones before. */
  async function walk() {
    const sid = pick(simSids);
    const atStart = sandbox.sessions(sid).map((session) => session.sid);
    const found = [];
    let after = null;
    for (let step = 0; ; step += 1) {
      const window = await windowOfWalk({ sid, first: SIZES[step % SIZES.length], after });
      if (window === null) return;
      found.push(...window.edges.map(({ node }) => node.sid));
      if (!window.pageInfo.hasNextPage) break;
      after = window.pageInfo.endCursor;
    }
    const newer = found.length - atStart.length;
    const expected = newer < 0 ? atStart.slice(-newer) : atStart;
    const same = newer >= -UNSEEN && expected.every((value, at) => value === found.at(at - expected.length));
    report.walked(found.length);
    if (!same)
      report.failed('walk', `${found.length} sessions that are not the ${atStart.length} there were`);
  }

  async function windowOfWalk(variables) {
    for (let attempt = 0; attempt < TRIES && !signal.aborted; attempt += 1) {
      const result = await ask('walk', { query: WINDOW, variables });
      if (result?.data?.sim?.dataSessions) return result.data.sim.dataSessions;
      const { retryAfter = 0 } = result?.errors?.[0]?.extensions ?? {};
      await sleep(retryAfter * 1000 + PAUSE_MS, undefined, { signal }).catch(() => {});
    }
    if (!signal.aborted) report.failed('walk', `no window in ${TRIES} tries`);
    return null;
  }

  const things = [firstWindow, firstWindow, firstWindow, manySims, invalidInput, walk];
  const client = async (number) => {
    for (let turn = number; !signal.aborted; turn += 1) await things[turn % things.length]();
  };
  await Promise.all(Array.from({ length: count }, (_, number) => client(number)));
  await pool.close();
}

function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}
