// Measures the gateway beside what it can be compared with, and prints tables. `--help` tells the options.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { goals, goalsText } from './lib/goals.mjs';
import { compression, compressionText } from './runs/compression.mjs';
import { documents, documentsText } from './runs/documents.mjs';
import { growth, growthText } from './runs/growth.mjs';
import { latency, latencyText } from './runs/latency.mjs';
import { lists, listsText } from './runs/lists.mjs';
import { memory, memoryText } from './runs/memory.mjs';
import { redis, redisText } from './runs/redis.mjs';
import { shapesRun, shapesText } from './runs/shapes.mjs';
import { sharing, sharingText } from './runs/sharing.mjs';
import { start, startText } from './runs/start.mjs';
import { subscriptions, subscriptionsText } from './runs/subscriptions.mjs';
import { throughput, throughputText } from './runs/throughput.mjs';
import { tracing, tracingText } from './runs/tracing.mjs';

/**
 * @typedef {object} Settings
 * @property {number} rounds
 * @property {number} seconds of one measurement
 * @property {number} warmUp requests before it, the same for everybody: code gets fast by being run, not by time
 * @property {number} memoryRequests
 * @property {number} latencyRequests
 * @property {number} documents different ones of the documents run
 * @property {number} subscribers of the subscriptions run
 * @property {string | undefined} otherBuild `main.js` of a second build, for the shapes and tracing runs
 * @property {RegExp | undefined} only contestants of the throughput run, by their names
 * @property {(text: string) => void} progress
 */

/**
 * @typedef {object} Results what was measured; a run that was left out has none
 * @property {Awaited<ReturnType<typeof throughput>>} [throughput]
 * @property {Awaited<ReturnType<typeof shapesRun>>} [shapes]
 * @property {Awaited<ReturnType<typeof latency>>} [latency]
 * @property {Awaited<ReturnType<typeof lists>>} [lists]
 * @property {Awaited<ReturnType<typeof growth>>} [growth]
 * @property {Awaited<ReturnType<typeof memory>>} [memory]
 * @property {Awaited<ReturnType<typeof documents>>} [documents]
 * @property {Awaited<ReturnType<typeof start>>} [start]
 * @property {Awaited<ReturnType<typeof sharing>>} [sharing]
 * @property {Awaited<ReturnType<typeof compression>>} [compression]
 * @property {Awaited<ReturnType<typeof redis>>} [redis]
 * @property {Awaited<ReturnType<typeof tracing>>} [tracing]
 * @property {Awaited<ReturnType<typeof subscriptions>>} [subscriptions]
 */

const USAGE = `npm run bench -- [options]
  --quick               a minute: does everything still run? Its numbers mean little
  --rounds N            rounds, everybody in turn in each (3)
  --seconds N           length of one measurement (4)
  --warm-up N           requests in front of it (12000)
  --memory-requests N   requests of the memory run (200000)
  --runs LIST           of throughput,shapes,latency,lists,growth,memory,documents,start,sharing,compression,redis,
                        tracing,subscriptions (all)
  --only PATTERN        contestants of the throughput run, by name; L1 is always in it
  --other-build FILE    main.js of a second build, measured beside this one by the shapes and tracing runs
  --out FILE            JSON with everything that was measured (coverage/bench.json)
`;
const RUNS = {
  throughput: { run: throughput, text: throughputText },
  shapes: { run: shapesRun, text: shapesText },
  latency: { run: latency, text: latencyText },
  lists: { run: lists, text: listsText },
  growth: { run: growth, text: growthText },
  memory: { run: memory, text: memoryText },
  documents: { run: documents, text: documentsText },
  start: { run: start, text: startText },
  sharing: { run: sharing, text: sharingText },
  compression: { run: compression, text: compressionText },
  redis: { run: redis, text: redisText },
  tracing: { run: tracing, text: tracingText },
  subscriptions: { run: subscriptions, text: subscriptionsText },
};

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    'warm-up': { type: 'string' },
    'memory-requests': { type: 'string' },
    runs: { type: 'string', default: Object.keys(RUNS).join() },
    only: { type: 'string' },
    'other-build': { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('../../coverage/bench.json', import.meta.url)) },
  },
});

if (values.help) process.stdout.write(USAGE);
else await bench();

async function bench() {
  const settings = readSettings();
  /** @type {Results} */
  const results = {};
  for (const [name, { run, text }] of Object.entries(RUNS)) {
    if (!values.runs.split(',').includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    const result = await run(settings);
    results[/** @type {keyof Results} */ (name)] = /** @type {any} */ (result);
    process.stdout.write(`\n## ${name}\n\n${text(/** @type {any} */ (result))}\n`);
  }
  const reached = goals(results);
  process.stdout.write(`\n## goals\n\n${goalsText(reached)}\n`);
  write({ ...results, goals: reached }, settings);
  if (isWrong(results)) {
    process.stderr.write('The gateway gave a wrong answer.\n');
    process.exitCode = 1;
  }
}

/** @returns {Settings} */
function readSettings() {
  const { quick } = values;
  const number = (/** @type {string | undefined} */ text, /** @type {number} */ usual) => {
    const value = Number(text ?? usual);
    if (!(value > 0)) throw new Error(`expected a number above 0, not ${text}`);
    return value;
  };
  return {
    rounds: number(values.rounds, quick ? 1 : 3),
    seconds: number(values.seconds, quick ? 1 : 4),
    warmUp: number(values['warm-up'], quick ? 200 : 12_000),
    memoryRequests: number(values['memory-requests'], quick ? 4000 : 200_000),
    latencyRequests: quick ? 40 : 800,
    documents: quick ? 200 : 10_000,
    subscribers: quick ? 200 : 5000,
    otherBuild: values['other-build'],
    only: values.only === undefined ? undefined : new RegExp(values.only, 'i'),
    progress: (text) => process.stderr.write(`  ${text}\n`),
  };
}

/**
 * @param {object} results
 * @param {Settings} settings
 */
function write(results, settings) {
  const file = resolve(values.out);
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ at: new Date(), machine, settings, ...results }, null, 2)}\n`);
  process.stdout.write(`\nEverything that was measured: ${file}\n`);
}

/** @param {Results} results */
function isWrong({ throughput = [], growth = [], sharing, lists }) {
  return (
    (lists?.rows ?? []).some(({ wrong }) => wrong !== '') ||
    throughput.some(({ name, wrong }) => name.startsWith('gateway') && wrong.length > 0) ||
    growth.some(({ wrong }) => wrong.length > 0) ||
    (sharing?.answers ?? 1) > 1
  );
}
