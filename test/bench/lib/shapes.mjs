import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayCold } from './contestants.mjs';
import { FIELDS, QUERY, readConnectionOf } from './query.mjs';

/*
 * The same window of 50 sessions in every form in which real clients ask for it. Each form is a contestant of its own,
 * cold and warm, so that a form that misses the fast path shows up as a row that is slower than the others.
 */

/**
 * @typedef {object} Shape
 * @property {string} name
 * @property {(sid: string, first: number) => import('./query.mjs').Request} request
 * @property {(data: any) => any} sim picks the SIM out of the response's data
 */

const AUTHORIZATION = { authorization: 'Bearer bench' };
const HASH = createHash('sha256').update(QUERY).digest('hex');
const ORIGIN = 'https://app.example.com';

const ENTITIES_QUERY = `query ($representations: [_Any!]!, $first: Int!) {
  _entities(representations: $representations) { ... on Sim { ${FIELDS} } }
}`;
const NODE_QUERY = `query Refetch($id: ID!, $first: Int!) { node(id: $id) { __typename ... on Sim { ${FIELDS} } id } }`;
const NODES_QUERY = `query Refetch($ids: [ID!]!, $first: Int!) { nodes(ids: $ids) { ... on Sim { ${FIELDS} } } }`;
const SEVERAL_QUERY = `${QUERY} query Other($sid: ID!) { sim(sid: $sid) { sid status } }`;
const CONDITIONAL_QUERY = `query Conditional($sid: ID!, $first: Int!, $all: Boolean!, $none: Boolean!) {
  sim(sid: $sid) { sid ... @include(if: $all) { ${FIELDS} } status @skip(if: $all) friendlyName @include(if: $none) }
}`;

/** @type {(data: any) => any} */
const ofSim = ({ sim }) => sim;

/** @type {readonly Shape[]} */
export const shapes = [
  {
    name: 'text and variables',
    sim: ofSim,
    request: post((sid, first) => ({ query: QUERY, variables: { sid, first } })),
  },
  {
    name: 'Apollo Client',
    sim: ofSim,
    request: post((sid, first) => ({
      operationName: 'Sessions',
      variables: { sid, first },
      extensions: { clientLibrary: { name: '@apollo/client', version: '4.3.8' } },
      query: QUERY,
    })),
  },
  {
    name: 'persisted, by documentId',
    sim: ofSim,
    request: post((sid, first) => ({ documentId: `sha256:${HASH}`, variables: { sid, first } })),
  },
  {
    name: 'persisted, by hash',
    sim: ofSim,
    request: post((sid, first) => ({
      operationName: 'Sessions',
      variables: { sid, first },
      extensions: { persistedQuery: { version: 1, sha256Hash: HASH } },
    })),
  },
  {
    name: '_entities, from a router',
    sim: ({ _entities }) => _entities[0],
    request: post((sid, first) => ({
      query: ENTITIES_QUERY,
      variables: { first, representations: [{ __typename: 'Sim', sid }] },
    })),
  },
  {
    name: 'node(id), from Relay',
    sim: ({ node }) => node,
    request: post((sid, first) => ({
      query: NODE_QUERY,
      variables: { id: Buffer.from(`Sim:${sid}`).toString('base64'), first },
    })),
  },
  {
    name: 'nodes(ids)',
    sim: ({ nodes }) => nodes[0],
    request: post((sid, first) => ({
      query: NODES_QUERY,
      variables: { ids: [Buffer.from(`Sim:${sid}`).toString('base64')], first },
    })),
  },
  {
    name: 'browser of another origin',
    sim: ofSim,
    request: post((sid, first) => ({ query: QUERY, variables: { sid, first } }), { origin: ORIGIN }),
  },
  { name: 'GET', sim: ofSim, request: get },
  {
    name: 'literals in the text',
    sim: ofSim,
    request: post((sid, first) => ({
      query: QUERY.replace('($sid: ID!, $first: Int!)', '')
        .replace('$sid', JSON.stringify(sid))
        .replace('$first', String(first)),
    })),
  },
  {
    name: 'several operations in a document',
    sim: ofSim,
    request: post((sid, first) => ({
      query: SEVERAL_QUERY,
      operationName: 'Sessions',
      variables: { sid, first },
    })),
  },
  {
    name: '@include and @skip',
    sim: ofSim,
    request: post((sid, first) => ({
      query: CONDITIONAL_QUERY,
      variables: { sid, first, all: true, none: false },
    })),
  },
];

/**
 * The gateway, asked in one form.
 *
 * @param {Shape} shape
 * @param {Record<string, string>} env
 * @param {string} [file] another build
 * @returns {import('./contestants.mjs').Contestant}
 */
export function shapeContestant({ name, request, sim }, env, file = gatewayCold.file) {
  return {
    ...gatewayCold,
    name,
    file,
    env: {
      ...gatewayCold.env,
      CORS_ORIGINS: `https://admin.example.com,${ORIGIN}`,
      PERSISTED_OPERATIONS: manifest(),
      ...env,
    },
    request,
    read: ({ data }) => readConnectionOf(sim(data)),
  };
}

/** @type {string | undefined} */
let manifestPath;

/** Path of a manifest of persisted operations with the query. */
function manifest() {
  if (manifestPath === undefined) {
    manifestPath = join(mkdtempSync(join(tmpdir(), 'bench-')), 'persisted-documents.json');
    writeFileSync(manifestPath, JSON.stringify({ [HASH]: QUERY }));
  }
  return manifestPath;
}

/**
 * @param {(sid: string, first: number) => object} body
 * @param {Record<string, string>} headers
 * @returns {Shape['request']}
 */
function post(body, headers = {}) {
  return (sid, first) => ({
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...AUTHORIZATION, ...headers },
    body: JSON.stringify(body(sid, first)),
  });
}

/** @type {Shape['request']} */
function get(sid, first) {
  const parameters = new URLSearchParams({ query: QUERY, variables: JSON.stringify({ sid, first }) });
  return {
    method: 'GET',
    path: `/graphql?${parameters}`,
    headers: { accept: 'application/json', 'apollo-require-preflight': '1', ...AUTHORIZATION },
  };
}
