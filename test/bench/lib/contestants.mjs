import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startProgram } from './process.mjs';
import {
  differences,
  graphqlRequest,
  MESH_QUERY,
  QUERY,
  readConnection,
  readPage,
  restRequest,
} from './query.mjs';
import { simSid } from './sims.mjs';

/**
 * A server that is measured.
 *
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string} file
 * @property {readonly string[]} nodeArgs
 * @property {Record<string, string>} env
 * @property {(sid: string, first: number) => import('./query.mjs').Request} request
 * @property {(json: any) => import('./query.mjs').Answer} read
 */

/** @typedef {import('./process.mjs').Program & { contestant: Contestant }} Running */

const TOKEN = 'bench';
const USER = `AC${'0'.repeat(32)}`;
const PASSWORD = 'secret';

/** What an operator would set, every safety feature on: only the age of answers differs. */
const gateway = {
  file: path('../../../dist/main.js'),
  nodeArgs: startArgs(),
  request: graphqlRequest(QUERY, { authorization: `Bearer ${TOKEN}` }),
  read: readConnection,
};
const GATEWAY_ENV = {
  UPSTREAM: 'twilio',
  TWILIO_ACCOUNT_SID: USER,
  TWILIO_AUTH_TOKEN: PASSWORD,
  GATEWAY_AUTH: 'token',
  GATEWAY_TOKENS: `bench:${createHash('sha256').update(TOKEN).digest('hex')}:wireless:read`,
  LOG_LEVEL: 'info',
};

/** @type {Contestant} */
export const gatewayCold = { ...gateway, name: 'gateway, cold', env: { ...GATEWAY_ENV, CACHE_TTL_MS: '0' } };
/**
 * What it costs to ask for compressed answers where nothing is gained by it.
 *
 * @type {Contestant}
 */
const gatewayGzip = {
  ...gateway,
  name: 'gateway, cold, gzip',
  env: { ...GATEWAY_ENV, CACHE_TTL_MS: '0', UPSTREAM_COMPRESSION: 'on' },
};
/** @type {Contestant} */
export const gatewayWarm = {
  ...gateway,
  name: 'gateway, warm',
  env: { ...GATEWAY_ENV, CACHE_TTL_MS: '2000' },
};
/** @type {Contestant} */
export const l1 = {
  name: 'L1: no GraphQL',
  file: path('../contestants/l1.mjs'),
  nodeArgs: [],
  env: {},
  request: restRequest,
  read: readConnection,
};

/** @type {Contestant} */
export const l2 = {
  name: 'L2: bytes through',
  file: path('../contestants/l2.mjs'),
  nodeArgs: [],
  env: {},
  request: restRequest,
  read: readPage,
};

/** @type {readonly Contestant[]} */
export const contestants = [
  l2,
  l1,
  gatewayCold,
  gatewayGzip,
  gatewayWarm,
  graphqlPeer('Mercurius, JIT', 'mercurius.mjs', { JIT: '1' }),
  graphqlPeer('Mercurius', 'mercurius.mjs'),
  graphqlPeer('Yoga', 'yoga.mjs'),
  graphqlPeer('Apollo Server', 'apollo.mjs'),
  {
    name: 'Mesh, OpenAPI',
    file: path('../contestants/mesh.mjs'),
    nodeArgs: [],
    env: {},
    request: graphqlRequest(MESH_QUERY),
    read: ({ data }) => readPage(data.ListDataSession),
  },
];

/**
 * @param {string} name
 * @param {string} file
 * @param {Record<string, string>} env
 * @returns {Contestant}
 */
function graphqlPeer(name, file, env = {}) {
  return {
    name,
    file: path(`../contestants/${file}`),
    nodeArgs: [],
    env,
    request: graphqlRequest(QUERY),
    read: readConnection,
  };
}

/** The options that `npm start` gives to Node, with absolute paths. */
function startArgs() {
  const { scripts } = JSON.parse(readFileSync(path('../../../package.json'), 'utf8'));
  const [, options = ''] = /\bnode (.*?) dist\/main\.js/.exec(scripts.start) ?? [];
  return options
    .split(' ')
    .map((word) =>
      word.startsWith('./') ? new URL(`../../../${word.slice(2)}`, import.meta.url).href : word,
    );
}

/** @param {string} relative */
function path(relative) {
  return fileURLToPath(new URL(relative, import.meta.url));
}

/**
 * Starts a contestant in front of an upstream, and waits for its first answer.
 *
 * @param {Contestant} contestant
 * @param {string} upstreamUrl
 * @param {string[]} nodeArgs beside its own
 * @returns {Promise<Running>}
 */
export async function startContestant(contestant, upstreamUrl, nodeArgs = []) {
  const env = {
    UPSTREAM_URL: upstreamUrl,
    UPSTREAM_USER: USER,
    UPSTREAM_PASSWORD: PASSWORD,
    ...contestant.env,
  };
  const program = await startProgram({
    file: contestant.file,
    env,
    nodeArgs: [...contestant.nodeArgs, ...nodeArgs],
    ready: async (url) => {
      const text = await (await ask(url, contestant.request(simSid(0), 1))).text();
      if (contestant.read(JSON.parse(text)).sessions.length !== 1) throw new Error(text);
    },
  });
  return { ...program, contestant };
}

/**
 * Compares a contestant's answer with what the upstream has.
 *
 * @param {Running} running
 * @param {string} upstreamUrl
 * @param {number} first
 * @returns {Promise<string[]>} what is wrong with it
 */
export async function check({ url, contestant }, upstreamUrl, first) {
  const sid = simSid(1);
  const page = await fetch(`${upstreamUrl}/v1/Sims/${sid}/DataSessions?PageSize=${first}`);
  const expected = readPage(await page.json());
  const answer = await ask(url, contestant.request(sid, first));
  const text = await answer.text();
  try {
    return differences(expected, contestant.read(JSON.parse(text)));
  } catch (error) {
    return [`${answer.status}, ${error}: ${text.slice(0, 200)}`];
  }
}

/**
 * @param {string} url
 * @param {import('./query.mjs').Request} request
 */
export function ask(url, { path, ...init }) {
  return fetch(url + path, init);
}
