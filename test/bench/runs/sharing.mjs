import { ask, gatewayCold, startContestant } from '../lib/contestants.mjs';
import { simSid } from '../lib/sims.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const CLIENTS = 64;
/** Long enough for all of them to come before the first answer, on a busy machine too. */
const LATENCY_MS = 2000;

/** How many upstream requests it takes to answer clients who ask the same at once, without a cache. */
export async function sharing() {
  const upstream = await startUpstream(LATENCY_MS);
  const program = await startContestant(gatewayCold, upstream.url);
  const before = await upstream.requests();
  const texts = await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const answer = await ask(program.url, program.contestant.request(simSid(7), 50));
      return JSON.stringify((await answer.json()).data);
    }),
  );
  const requests = (await upstream.requests()) - before;
  await program.stop();
  await upstream.stop();
  return { clients: CLIENTS, requests, answers: new Set(texts).size };
}

/** @param {Awaited<ReturnType<typeof sharing>>} result */
export function sharingText({ clients, requests, answers }) {
  return `${clients} clients ask for the same page at once: upstream requests ${requests}, different answers ${answers}.`;
}
