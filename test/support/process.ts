import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.mjs';

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A gateway in a separate process. */
export interface GatewayProcess {
  readonly url: string;
  /** Lines of the log so far. */
  readonly lines: readonly string[];
  /** Output on standard error. */
  readonly errors: () => string;
  /** Resolves with a line that contains the string: the first one, or the nth. */
  line(text: string, nth?: number): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** Exit code; `null` after a signal. */
  readonly exit: Promise<number | null>;
}

/**
 * Runs `dist/main.js` and waits until it listens.
 *
 * @param preload - code of a module that is loaded first
 * @param nodeArgs - options of Node
 */
export async function startProcess(
  env: Record<string, string>,
  preload?: string,
  nodeArgs: readonly string[] = [],
): Promise<GatewayProcess> {
  const port = await freePort();
  const running = run({ ...env, PORT: String(port) }, preload, nodeArgs);
  await running.line('"listening"');
  return { ...running, url: `http://127.0.0.1:${port}` };
}

/** Runs `dist/main.js` without waiting. */
export function run(
  env: Record<string, string>,
  preload?: string,
  nodeArgs: readonly string[] = [],
): Omit<GatewayProcess, 'url'> {
  if (!existsSync(MAIN)) throw new Error('there is no dist/main.js: run `npm run build` first');
  const before =
    preload === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
  const child = spawn(process.execPath, [...nodeArgs, ...before, MAIN], {
    env: { PATH: process.env.PATH, ...env },
  });
  return watch(child);
}

/** Reads the output of a process that was started with pipes. */
export function watch(child: ChildProcess): Omit<GatewayProcess, 'url'> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('expected pipes');
  const lines: string[] = [];
  const nthLine = (text: string, nth: number) => lines.filter((line) => line.includes(text))[nth - 1];
  const waiting: { text: string; nth: number; resolve: (line: string) => void }[] = [];
  createInterface({ input: stdout }).on('line', (line) => {
    lines.push(line);
    for (const { text, nth, resolve } of waiting) {
      const found = line.includes(text) ? nthLine(text, nth) : undefined;
      if (found !== undefined) resolve(found);
    }
  });
  let errors = '';
  stderr.on('data', (data) => {
    errors += data;
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    lines,
    errors: () => errors,
    line: (text, nth = 1) =>
      new Promise((resolve, reject) => {
        const found = nthLine(text, nth);
        if (found !== undefined) resolve(found);
        waiting.push({ text, nth, resolve });
        exit.then(() => reject(new Error(`ended without a line with ${text}: ${errors}`)));
      }),
    signal: (signal) => void child.kill(signal),
    exit,
  };
}
