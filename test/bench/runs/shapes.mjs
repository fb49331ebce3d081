import { l1 } from '../lib/contestants.mjs';
import { shapeContestant, shapes } from '../lib/shapes.mjs';
import { fixed, table } from '../lib/table.mjs';
import { startUpstream } from '../lib/upstream.mjs';
import { measureBeside } from './throughput.mjs';

const MODES = { cold: { CACHE_TTL_MS: '0' }, warm: { CACHE_TTL_MS: '2000' } };

/**
 * The gateway in every form in which clients ask, each measured slice by slice in turn with a process of the REST proxy.
 * With `otherBuild` a second build is measured in the same way, right after.
 *
 * @param {import('../bench.mjs').Settings} settings
 */
export async function shapesRun({ rounds, seconds, warmUp, only, otherBuild, progress }) {
  const upstream = await startUpstream();
  const builds = otherBuild === undefined ? [undefined] : [undefined, otherBuild];
  const rows = [];
  for (const shape of shapes.filter(({ name }) => only === undefined || only.test(name))) {
    for (const file of builds) {
      /** @type {Record<string, any>} */
      const row = { shape: shape.name, build: file === undefined ? 'this' : 'other' };
      for (const [mode, env] of Object.entries(MODES)) {
        row[mode] = await measureBeside(shapeContestant(shape, env, file), l1, upstream, {
          rounds,
          seconds,
          warmUp,
        });
      }
      progress(
        `${shape.name}, ${row.build} build: cold ${fixed(row.cold.toL1, 2)}, warm ${fixed(row.warm.toL1, 2)}`,
      );
      rows.push(row);
    }
  }
  await upstream.stop();
  return rows;
}

/** @param {Awaited<ReturnType<typeof shapesRun>>} rows */
export function shapesText(rows) {
  const head = [
    'shape',
    'build',
    'cold × REST proxy',
    'warm × REST proxy',
    'cold CPU µs',
    'warm CPU µs',
    'answer',
  ];
  return table(
    head,
    rows.map(({ shape, build, cold, warm }) => [
      shape,
      build,
      fixed(cold.toL1, 2),
      fixed(warm.toL1, 2),
      fixed(cold.cpuMicros),
      fixed(warm.cpuMicros),
      [...cold.wrong, ...warm.wrong].length === 0 ? 'right' : 'WRONG',
    ]),
  );
}
