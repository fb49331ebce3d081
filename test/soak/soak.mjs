// Two gateway processes behind a balancer, one of them restarted again and again, on an upstream that fails now
// and then; clients that must not notice. Run by `npm run soak -- <minutes>`; ends with 1 when one did.

import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox } from '../../dist/sandbox.js';
import { startBalancer } from './balancer.mjs';
import { runClients } from './clients.mjs';
import { switchFaultsOn } from './faults.mjs';
import { GatewayProcess } from './gateway-process.mjs';
import { Memory } from './memory.mjs';
import { Report } from './report.mjs';

const DEFAULT_MINUTES = 5;
const CLIENTS = 8;
/** Restarts of the one process: so many in a run, but never more often than it takes to see one through. */
const RESTARTS = 12;
const SHORTEST_BETWEEN_RESTARTS_MS = 4_000;
/** New sessions arrive at this pace, each at the head of some list. */
const ARRIVAL_MS = 250;

const minutes = Number(process.argv[2] ?? DEFAULT_MINUTES);
if (!(minutes > 0 && minutes <= 24 * 60)) {
  process.stderr.write('usage: npm run soak -- [minutes], more than 0 and at most a day\n');
  process.exit(2);
}

const durationMs = minutes * 60_000;
const sandbox = await startSandbox({ latencyMs: 2 });
const gateways = [new GatewayProcess('A', sandbox), new GatewayProcess('B', sandbox)];
const [survivor, restarted] = gateways;
await Promise.all(gateways.map((gateway) => gateway.start()));
const balancer = await startBalancer(gateways);
const report = new Report();
const memory = new Memory(survivor.url);
const ending = new AbortController();
const { signal } = ending;
// All clients wait on it.
setMaxListeners(0, signal);

switchFaultsOn(sandbox);
const startedAt = performance.now();
const work = [
  runClients(CLIENTS, { url: balancer.url, sandbox, report, signal }),
  memory.watch(signal),
  restartAgainAndAgain(),
  letSessionsArrive(),
];
await Promise.race([sleep(durationMs, undefined, { signal }), ...work]).finally(() => ending.abort());
await Promise.all(work);

const seconds = (performance.now() - startedAt) / 1000;
const exits = await Promise.all(gateways.map((gateway) => gateway.stop()));
await balancer.close();
await sandbox.close();
report.exits([...restarted.exits.slice(0, -1), ...exits]);
report.memory(memory.medians(), seconds);
report.print({ seconds, restarts: restarted.exits.length - 1, resent: balancer.resent });
process.exitCode = report.violations.length === 0 ? 0 : 1;

async function restartAgainAndAgain() {
  const between = Math.max(SHORTEST_BETWEEN_RESTARTS_MS, durationMs / (RESTARTS + 1));
  while (await passed(between)) {
    await restarted.stop();
    await restarted.start();
  }
}

async function letSessionsArrive() {
  for (let number = 0; await passed(ARRIVAL_MS); number += 1) {
    sandbox.insertAtHead(sandbox.simSids[number % sandbox.simSids.length], 1);
  }
}

/** Waits. @returns whether the run still goes on */
async function passed(ms) {
  await sleep(ms, undefined, { signal }).catch(() => {});
  return !signal.aborted;
}
