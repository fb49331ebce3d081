import { request as httpRequest } from 'node:http';
import { gatewayCold, gatewayWarm, startContestant } from '../lib/contestants.mjs';
import { runLoad } from '../lib/load.mjs';
import { simSid } from '../lib/sims.mjs';
import { median } from '../lib/statistics.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const SIZES = [10, 50, 500];
const CODINGS = ['identity', 'gzip', 'br'];
const CONNECTIONS = 16;
const SIDS = Array.from({ length: CONNECTIONS }, (_, number) => simSid(number));

/**
 * What compressing the answers costs the gateway, and what it saves on the network: per window size and content
 * coding, answers a second and bytes of an answer.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function compression({ rounds, seconds, warmUp }) {
  const upstream = await startUpstream();
  const results = [];
  for (const contestant of [gatewayCold, gatewayWarm]) {
    const program = await startContestant(contestant, upstream.url);
    for (const first of SIZES) {
      /** @type {Map<string, number[]>} */
      const perSecond = new Map(CODINGS.map((coding) => [coding, []]));
      /** @param {string} coding */
      const asking = (coding) => (/** @type {string} */ sid, /** @type {number} */ count) => {
        const request = contestant.request(sid, count);
        return { ...request, headers: { ...request.headers, 'accept-encoding': coding } };
      };
      const load = { url: program.url, sids: SIDS, first, connections: CONNECTIONS };
      const amount = Math.ceil(Math.max(2 * CONNECTIONS, (warmUp * 10) / (first + 10)));
      for (const coding of CODINGS) await runLoad({ ...load, request: asking(coding), amount });
      for (let round = 0; round < rounds; round += 1) {
        for (const coding of CODINGS) {
          const result = await runLoad({ ...load, request: asking(coding), seconds });
          perSecond.get(coding)?.push(result.perSecond);
        }
      }
      for (const coding of CODINGS) {
        const bytes = await bytesOf(program.url, asking(coding)(simSid(0), first));
        results.push({
          name: contestant.name,
          first,
          coding,
          bytes,
          perSecond: median(perSecond.get(coding) ?? []),
        });
      }
    }
    await program.stop();
  }
  await upstream.stop();
  return results;
}

/**
 * The size of an answer's body as it comes.
 *
 * @param {string} url
 * @param {import('../lib/query.mjs').Request} request
 * @returns {Promise<number>}
 */
function bytesOf(url, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url + path, { method, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
      });
      response.on('end', () => resolve(bytes)).on('error', reject);
    });
    request.on('error', reject).end(body);
  });
}

/** @param {Awaited<ReturnType<typeof compression>>} results */
export function compressionText(results) {
  const plainOf = (/** @type {(typeof results)[number]} */ { name, first }) =>
    results.find((one) => one.name === name && one.first === first && one.coding === 'identity');
  const rows = results.map((result) => {
    const plain = plainOf(result);
    return [
      result.name,
      String(result.first),
      result.coding,
      String(result.bytes),
      fixed(result.bytes / (plain?.bytes ?? Number.NaN), 2),
      fixed(result.perSecond, 0),
      fixed(result.perSecond / (plain?.perSecond ?? Number.NaN), 2),
    ];
  });
  return table(['', 'first', 'coding', 'bytes', '× identity', 'answers a second', '× identity'], rows);
}
