import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BLOCKS } from './blocks.js';

/** Blocks that no test runs, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  test: 'runs this test',
  introspect: 'rover is a binary that its package on npm only downloads',
  apollo:
    'rover and Apollo Router are binaries; the composer in rover is a package, and tests give it supergraph.yaml',
  'hive-publish': 'needs an account at Hive',
  'cosmo-publish': 'needs an account at Cosmo',
  bench: 'needs a machine for itself, and packages of its own',
  'compare-builds': 'the same',
  expressions: 'for Prometheus, which is a binary',
  envelope:
    "the shape of an upstream response: test/sandbox compares the sandbox's with the vendor's OpenAPI file",
};

const FOLDERS = ['.', '../interop'].map((folder) => new URL(`${folder}/`, import.meta.url));

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && name !== 'blocks.test.ts')
    .map((name) => readFileSync(new URL(name, folder), 'utf8')),
).join('\n');

it('every command and file in the documents has a name, and no two have the same', () => {
  const shown = BLOCKS.filter(({ language }) => language !== '' && language !== 'mermaid');
  const nameless = shown.filter(({ name }) => name === '').map(({ document, text }) => [document, text]);
  expect(nameless).toEqual([]);
  expect(new Set(shown.map(({ name }) => name)).size).toBe(shown.length);
});

it('every command and file in the documents is run by a test, or cannot run here', () => {
  const names = BLOCKS.map(({ name }) => name).filter((name) => name !== '');
  const used = (name: string) => sources.includes(name.includes('.') ? `'${name}'` : `block('${name}')`);
  const idle = names.filter((name) => !(name in NOT_RUN) && !used(name));
  expect(idle).toEqual([]);
  expect(Object.keys(NOT_RUN).filter((name) => !names.includes(name))).toEqual([]);
});
