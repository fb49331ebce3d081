import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../lib/process.mjs';
import { fixed } from '../lib/table.mjs';

/** The SIM of the sandbox whose sessions change every four seconds. */
const SIM = 'DE4879b1b2f20e2ce3063beaef4aea3939';
const POLL_MS = 1000;
/** Events come every four seconds. */
const CYCLES_MS = 5000;

const DOCUMENT = `subscription Live($sim: ID!) { dataSessionEvents(simSid: $sim) {
  kind asOf cursor edge { cursor node { id start end packetsUploaded packetsDownloaded operatorName } } } }`;

/**
 * Memory and processor time of thousands of subscribers of one SIM, in one process: all of them get every event.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function subscriptions({ subscribers: count, seconds, progress }) {
  const program = await startProgram({
    file: fileURLToPath(new URL('../../../dist/main.js', import.meta.url)),
    env: { LIVE_POLL_MS: String(POLL_MS), LOG_LEVEL: 'silent' },
    nodeArgs: [
      '--max-semi-space-size=8',
      '--import',
      new URL('../../../dist/small-heap.js', import.meta.url).href,
    ],
    ready: (url) => fetch(`${url}/health`),
  });
  const idleMb = program.memoryMb() ?? Number.NaN;
  const clients = [];
  for (let opened = 0; opened < count; opened += 100) {
    const batch = Array.from({ length: Math.min(100, count - opened) }, () => new Subscriber(program.url));
    clients.push(...batch);
    await Promise.all(batch.map((client) => client.begun));
  }
  progress(`${clients.length} subscribers`);
  const before = { events: eventsOf(clients), cpu: program.cpuSeconds() ?? Number.NaN };
  await sleep(seconds * CYCLES_MS);
  const events = eventsOf(clients) - before.events;
  const cpuSeconds = (program.cpuSeconds() ?? Number.NaN) - before.cpu;
  const memoryMb = program.memoryMb() ?? Number.NaN;
  const metrics = await (await fetch(`${program.url}/metrics`)).text();
  const polls = [...metrics.matchAll(/^gateway_live_polls_total\{.*\} (\d+)$/gm)];
  for (const client of clients) client.close();
  await sleep(1000);
  const afterMb = program.memoryMb() ?? Number.NaN;
  await program.stop();
  return {
    subscribers: clients.length,
    idleMb,
    memoryMb,
    afterMb,
    kbEach: ((memoryMb - idleMb) * 1024) / clients.length,
    events,
    microsEach: (cpuSeconds * 1e6) / events,
    polls: polls.reduce((sum, [, value]) => sum + Number(value), 0),
  };
}

/** @param {readonly Subscriber[]} clients */
function eventsOf(clients) {
  return clients.reduce((sum, { events }) => sum + events, 0);
}

/** A client as small as possible: a socket that counts events. */
class Subscriber {
  events = 0;

  /** @param {string} url */
  constructor(url) {
    const { hostname, port } = new URL(url);
    const body = JSON.stringify({ query: DOCUMENT, variables: { sim: SIM } });
    this.socket = connect(Number(port), hostname);
    this.socket.on('error', () => undefined);
    this.socket.write(
      `POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\naccept: text/event-stream\r\n` +
        `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    /** Resolves with the last event of the snapshot. */
    this.begun = new Promise((resolve) => {
      this.socket.on('data', (data) => {
        for (let at = data.indexOf('event: next'); at !== -1; at = data.indexOf('event: next', at + 1)) {
          this.events += 1;
        }
        if (this.events >= 50) resolve(undefined);
      });
    });
  }

  close() {
    this.socket.destroy();
  }
}

/** @param {Awaited<ReturnType<typeof subscriptions>>} result */
export function subscriptionsText(result) {
  const { subscribers, idleMb, memoryMb, afterMb, kbEach, events, microsEach, polls } = result;
  return (
    `${fixed(subscribers)} subscribers of one SIM: ${fixed(idleMb)} MB before them, ${fixed(memoryMb)} MB with them ` +
    `(${fixed(kbEach, 1)} KB each), ${fixed(afterMb)} MB after them.\n` +
    `${fixed(events)} events took ${fixed(microsEach, 1)} µs of processor time each; ${fixed(polls)} polls for all.`
  );
}
