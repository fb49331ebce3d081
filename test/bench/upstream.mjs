// The stand-in upstream, a program of its own: data sessions out of prepared buffers, so that it is never what is
// measured. Environment: PORT; LATENCY_MS, which every answer waits.
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { createOtherPages } from './lib/other-pages.mjs';
import { createPages } from './lib/pages.mjs';

const port = Number(process.env.PORT);
const latencyMs = Number(process.env.LATENCY_MS ?? 0);
const base = `http://127.0.0.1:${port}`;
const page = createPages(base);
const others = createOtherPages(base);
const SIMS = /^\/v1\/Sims\?(.*)$/;
const USAGE = /^\/v1\/Sims\/(DE[0-9a-f]{32})\/UsageRecords\?(.*)$/;
const LIST = /^\/v1\/Sims\/(DE[0-9a-f]{32})\/DataSessions(?:\?(.*))?$/;
const SIM = /^\/v1\/Sims\/(DE[0-9a-f]{32})$/;
/** Path where the bench reads the counts; not one of the upstream's. */
const COUNT = '/bench/requests';
let requests = 0;

createServer((request, response) => {
  const { url = '/' } = request;
  if (url === COUNT) {
    send(response, Buffer.from(JSON.stringify({ requests })));
    return;
  }
  requests += 1;
  const body = answer(url);
  const packed = body !== null && request.headers['accept-encoding'] === 'gzip' ? gzipped(url, body) : null;
  if (latencyMs > 0) setTimeout(send, latencyMs, response, body, packed);
  else send(response, body, packed);
}).listen(port, '127.0.0.1');

process.once('SIGTERM', () => process.exit(0));

/** @param {string} url */
function answer(url) {
  const [, listSid, query] = LIST.exec(url) ?? [];
  if (listSid !== undefined) return listPage(listSid, new URLSearchParams(query));
  const [, simsQuery] = SIMS.exec(url) ?? [];
  if (simsQuery !== undefined) return others.sims(sizeIn(new URLSearchParams(simsQuery)));
  const [, usageSid, usageQuery] = USAGE.exec(url) ?? [];
  if (usageSid !== undefined) return others.usage(usageSid, sizeIn(new URLSearchParams(usageQuery)));
  const [, sid] = SIM.exec(url) ?? [];
  return sid === undefined ? null : Buffer.from(JSON.stringify({ sid, status: 'active' }));
}

/**
 * @param {string} sid
 * @param {URLSearchParams} query
 */
function listPage(sid, query) {
  const size = sizeIn(query);
  const from = Number(query.get('PageToken')?.slice('PT'.length) ?? 0);
  return others.finite(sid, size, from) ?? page(sid, size, from);
}

/** @param {URLSearchParams} query */
function sizeIn(query) {
  return Math.max(1, Math.min(1000, Number(query.get('PageSize') ?? 50)));
}

/** @type {Map<string, Buffer>} */
const packedBodies = new Map();

/**
 * The body in gzip, made once for each URL: to compress is not what is measured.
 *
 * @param {string} url
 * @param {Buffer} body
 */
function gzipped(url, body) {
  let packed = packedBodies.get(url);
  if (packed === undefined) {
    packed = gzipSync(body);
    packedBodies.set(url, packed);
  }
  return packed;
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {Buffer | null} body - `null`: there is no such thing
 * @param {Buffer | null} [packed] the same in gzip, for a request that asks for that
 */
function send(response, body, packed = null) {
  const bytes = packed ?? body ?? Buffer.from('{"code":20404,"message":"not found","status":404}');
  response.writeHead(body === null ? 404 : 200, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'twilio-request-id': 'RQbench',
    ...(packed !== null && { 'content-encoding': 'gzip' }),
  });
  response.end(bytes);
}
