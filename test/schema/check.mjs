// Compares schema.graphql with the one on the main branch: a change that can break a client fails, unless it is
// written down in accepted-breaking-changes.txt.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildASTSchema, findBreakingChanges, Kind, parse } from 'graphql';

const SCHEMA = 'schema.graphql';
const ACCEPTED = 'test/schema/accepted-breaking-changes.txt';

/** Where the main branch may be known: a clone has it from its origin, a bare checkout only has its own commit. */
const MAIN = ['origin/main', 'main', 'HEAD'];

/** Directives and `@link` are for composers, and the composers check them. */
function build(sdl) {
  const { definitions, ...document } = parse(sdl);
  const types = definitions.filter(({ kind }) => kind !== Kind.SCHEMA_EXTENSION);
  return buildASTSchema({ ...document, definitions: types }, { assumeValidSDL: true });
}

/** @returns the SDL at that commit, or `null` where there is no such commit or no such file in it */
function sdlAt(commit) {
  try {
    return execFileSync('git', ['show', `${commit}:${SCHEMA}`], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return null;
  }
}

function readAccepted(folder) {
  const file = join(folder, ACCEPTED);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return new Set(lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')));
}

const base = MAIN.find((commit) => sdlAt(commit) !== null);
if (base === undefined) {
  console.log(`${SCHEMA}: nothing to compare with, since no commit has it`);
} else {
  const changes = findBreakingChanges(build(sdlAt(base)), build(readFileSync(SCHEMA, 'utf8')));
  const accepted = readAccepted('.');
  const refused = changes.map(({ description }) => description).filter((change) => !accepted.has(change));
  console.log(`${SCHEMA}: ${changes.length} breaking changes since ${base}, ${refused.length} not accepted`);
  for (const change of refused) console.error(change);
  if (refused.length > 0) {
    console.error(`Breaks clients on purpose? Write the line into ${ACCEPTED}.`);
    process.exitCode = 1;
  }
}
