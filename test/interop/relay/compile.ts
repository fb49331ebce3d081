import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { peer } from '../peers.js';

/** What `relay-compiler` has made of the sources beside this file. */
export interface Artifacts {
  /** An operation or a fragment, by its name. */
  load(name: string): object;
  remove(): Promise<void>;
}

/**
 * Compiles the Relay application's source with `relay-compiler`.
 *
 * @param schema - SDL, as introspection has it
 * @throws {Error} with what the compiler has to say
 */
export async function compileRelay(schema: string): Promise<Artifacts> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-'));
  const at = (name: string) => join(folder, name);
  await Promise.all([mkdir(at('src')), mkdir(at('__generated__'))]);
  for (const source of ['session-list.js', 'fleet.js', 'live-sessions.js']) {
    await copyFile(fileURLToPath(new URL(source, import.meta.url)), at(`src/${source}`));
  }
  await writeFile(at('schema.graphql'), schema);
  await writeFile(
    at('relay.config.json'),
    JSON.stringify({
      src: './src',
      schema: './schema.graphql',
      language: 'javascript',
      artifactDirectory: './__generated__',
      eagerEsModules: false,
    }),
  );
  await promisify(execFile)(peer<string>('relay-compiler'), ['relay.config.json'], { cwd: folder });
  const require = createRequire(at('__generated__/'));
  return {
    load: (name) => require(`./${name}.graphql.js`),
    remove: () => rm(folder, { recursive: true }),
  };
}
