/*
 * Reads what `node --cpu-prof` writes.
 */

/**
 * @typedef {object} Share
 * @property {string} name
 * @property {string} place file and line, as short as it is still clear
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
  for (const { group, place, micros } of shares) {
    const key = by === 'group' ? group : place.replace(/:\d+$/, '');
    sums.set(key, (sums.get(key) ?? 0) + micros);
  }
  return [...sums].sort(([, a], [, b]) => b - a);
}

/**
 * @param {{ functionName: string, url: string, lineNumber: number }} frame
 * @returns {Share}
 */
function shareOf({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  if (url === '')
    return { name, place: V8_ITSELF, group: name.startsWith('(') ? name : V8_ITSELF, micros: 0 };
  const { path, group } = locate(url);
  return { name, place: `${path}:${lineNumber + 1}`, group, micros: 0 };
}

/** @param {string} url */
function locate(url) {
  if (url.startsWith('node:')) return { path: url, group: 'node' };
  const [, inPackage] = /.*\/node_modules\/(.*)/.exec(url) ?? [];
  if (inPackage !== undefined) {
    const [, group = inPackage] = /^((?:@[^/]+\/)?[^/]+)/.exec(inPackage) ?? [];
    return { path: inPackage, group };
  }
  const [, ours] = /.*\/dist\/(.*)/.exec(url) ?? [];
  if (ours !== undefined) return { path: `dist/${ours}`, group: `dist/${ours.split('/')[0]}` };
  // Compiled at run time, from no file.
  return { path: url.split('/').at(-1) ?? url, group: url.startsWith('file:') ? 'bench' : 'generated' };
}
