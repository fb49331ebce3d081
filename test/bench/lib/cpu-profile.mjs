import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/*
 * Reads what `node --cpu-prof` writes.
 */

/**
 * @typedef {object} Share
 * @property {string} name
 * @property {string} file as short as it is still clear; of a bundle the module in it
 * @property {string} place file and line, which of a bundle is the line there
 * @property {string} group package, `src/` folder, or part of Node
 * @property {number} micros spent in the function itself
 */

const V8_ITSELF = 'V8';

/**
 * Time spent in each function itself, most first; idle time is left out.
 *
 * @param {any} profile
 * @param {number} skipMicros - time at the beginning that does not count
 * @returns {Share[]}
 */
export function selfTimes({ nodes, samples, timeDeltas }, skipMicros) {
  const frames = new Map(nodes.map((/** @type {any} */ { id, callFrame }) => [id, callFrame]));
  /** @type {Map<string, Share>} */
  const shares = new Map();
  let at = 0;
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index];
    const frame = frames.get(id);
    if (at < skipMicros || frame.functionName === '(idle)') continue;
    const share = shareOf(frame);
    const key = `${share.name} ${share.place}`;
    const known = shares.get(key) ?? share;
    // The time up to the next sample is this one's.
    known.micros += timeDeltas[index + 1] ?? 0;
    shares.set(key, known);
  }
  return [...shares.values()].sort((a, b) => b.micros - a.micros);
}

/**
 * @param {readonly Share[]} shares
 * @param {'group' | 'file'} by
 * @returns {[name: string, micros: number][]} most first
 */
export function grouped(shares, by) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { [by]: key, micros } of shares) sums.set(key, (sums.get(key) ?? 0) + micros);
  return [...sums].sort(([, a], [, b]) => b - a);
}

/**
 * @param {{ functionName: string, url: string, lineNumber: number }} frame
 * @returns {Share}
 */
function shareOf({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  if (url === '') {
    const group = name.startsWith('(') ? name : V8_ITSELF;
    return { name, file: V8_ITSELF, place: V8_ITSELF, group, micros: 0 };
  }
  const line = lineNumber + 1;
  const path = moduleAt(url, line) ?? url;
  const { file, group } = locate(path);
  return { name, file, place: `${file}:${path === url ? line : `bundled, ${line}`}`, group, micros: 0 };
}

/** @param {string} path */
function locate(path) {
  if (path.startsWith('node:')) return { file: path, group: 'node' };
  const [, inPackage] = /.*node_modules\/(.*)/.exec(path) ?? [];
  if (inPackage !== undefined) {
    const [, group = inPackage] = /^((?:@[^/]+\/)?[^/]+)/.exec(inPackage) ?? [];
    return { file: inPackage, group };
  }
  if (path.startsWith('src/')) return { file: path, group: path.split('/').slice(0, 2).join('/') };
  // Compiled at run time, from no file.
  return { file: path.split('/').at(-1) ?? path, group: path.startsWith('file:') ? 'bench' : 'generated' };
}

/** Where the modules of each bundle begin, by its URL. @type {Map<string, { line: number, path: string }[]>} */
const bundles = new Map();

/**
 * The module that a line of a bundle is of: each has its path on a line of its own in front.
 *
 * @param {string} url
 * @param {number} line
 */
function moduleAt(url, line) {
  if (!/^file:.*\/dist\//.test(url) || url.includes('/node_modules/')) return null;
  let modules = bundles.get(url);
  if (modules === undefined) {
    const lines = readFileSync(fileURLToPath(url), 'utf8').split('\n');
    modules = lines.flatMap((text, index) => {
      const [, path] = /^\/\/ ((?:src|node_modules)\/\S+)$/.exec(text) ?? [];
      return path === undefined ? [] : [{ line: index + 1, path }];
    });
    bundles.set(url, modules);
  }
  return modules.findLast((module) => module.line < line)?.path ?? null;
}
