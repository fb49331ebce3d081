// Runs a contestant under load with V8's CPU profiler, and prints where the time goes. `--help` tells the options.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contestants, gatewayCold, startContestant } from './lib/contestants.mjs';
import { grouped, selfTimes } from './lib/cpu-profile.mjs';
import { runLoad } from './lib/load.mjs';
import { simSid } from './lib/sims.mjs';
import { fixed, table } from './lib/table.mjs';
import { startUpstream } from './lib/upstream.mjs';

const USAGE = `npm run profile -- [options]
  --seconds N       length of the load (6)
  --warm-up N       requests in front of it, which are left out (3000)
  --first N         size of the windows (50)
  --top N           rows of each table (25)
  --only PATTERN    whom, by name (${gatewayCold.name})
`;
const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '6' },
    'warm-up': { type: 'string', default: '3000' },
    first: { type: 'string', default: '50' },
    top: { type: 'string', default: '25' },
    only: { type: 'string', default: gatewayCold.name },
  },
});

if (values.help) process.stdout.write(USAGE);
else await profile();

async function profile() {
  const pattern = new RegExp(values.only, 'i');
  const contestant = contestants.find(({ name }) => pattern.test(name));
  if (contestant === undefined) throw new Error(`nobody is called ${values.only}`);
  const folder = mkdtempSync(join(tmpdir(), 'profile-'));
  const upstream = await startUpstream();
  const startedAt = performance.now();
  const program = await startContestant(contestant, upstream.url, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
  const load = {
    url: program.url,
    request: contestant.request,
    sids: Array.from({ length: 100 }, (_, number) => simSid(number)),
    first: Number(values.first),
    connections: 16,
  };
  await runLoad({ ...load, amount: Number(values['warm-up']) });
  const skipMs = performance.now() - startedAt;
  const { requests, perSecond } = await runLoad({ ...load, seconds: Number(values.seconds) });
  // The profile is written when the process ends.
  await program.stop();
  await upstream.stop();
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`${contestant.name} has left no profile in ${folder}`);
  const shares = selfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')), skipMs * 1000);
  print(shares, requests);
  process.stdout.write(`\n${contestant.name}: ${fixed(perSecond)} requests a second while profiled.\n`);
  process.stdout.write(`For a flame chart, open ${join(folder, file)} in a browser's developer tools.\n`);
}

/**
 * @param {import('./lib/cpu-profile.mjs').Share[]} shares
 * @param {number} requests
 */
function print(shares, requests) {
  const total = shares.reduce((sum, { micros }) => sum + micros, 0);
  const top = Number(values.top);
  const numbers = (/** @type {number} */ micros) => [
    `${fixed((micros * 100) / total, 1)} %`,
    fixed(micros / requests, 1),
  ];
  const sums = (/** @type {'group' | 'file'} */ by) =>
    grouped(shares, by)
      .slice(0, top)
      .map(([name, micros]) => [name, ...numbers(micros)]);
  const functions = shares
    .slice(0, top)
    .map(({ name, place, micros }) => [`${name} ${place}`, ...numbers(micros)]);
  const columns = ['self time', 'µs a query'];
  process.stdout.write(`${table(['package', ...columns], sums('group'))}\n\n`);
  process.stdout.write(`${table(['file', ...columns], sums('file'))}\n\n`);
  process.stdout.write(`${table(['function', ...columns], functions)}\n`);
}
