import { describe, expect, it } from 'vitest';
import { composeVariables } from './compose-file.js';
import { environmentOf, readStages } from './dockerfile.js';
import { read } from './files.js';
import { container, FOLDER, variables } from './pod.js';

/** Read by Node packages, not by the gateway itself. */
const OF_NODE = ['NODE_ENV'];

/** Names in the first column of the table of the README. */
const documented = new Set(
  [...read('README.md').matchAll(/^\| (`[A-Z][^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([A-Z][A-Z0-9_]*)`/g)].map(([, name = '']) => name),
  ),
);

/** Variables that are not in the table, where a secret may also be a file. */
function undocumented(names: readonly string[]): readonly string[] {
  return names.filter(
    (name) => !documented.has(name) && !documented.has(name.replace(/_FILE$/, '')) && !OF_NODE.includes(name),
  );
}

describe('Variables in deploy', () => {
  it('are in the table of the README: Dockerfile', () => {
    expect(undocumented(readStages().flatMap((stage) => Object.keys(environmentOf(stage))))).toEqual([]);
  });

  it('are in the table of the README: compose.yaml', () => {
    expect(undocumented(Object.keys(composeVariables()))).toEqual([]);
  });

  it('are in the table of the README: Kubernetes, also those in comments', () => {
    const commented = [...read(`${FOLDER}/settings.env`).matchAll(/^#([A-Z_]+)=/gm)].map(
      ([, name = '']) => name,
    );
    expect(undocumented([...Object.keys(variables), ...commented])).toEqual([]);
  });

  it('are either a setting or a member of the container, not both', () => {
    const own = container.env.map(({ name }) => name);
    const settings = [...read(`${FOLDER}/settings.env`).matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(own.filter((name) => settings.includes(name))).toEqual([]);
  });
});
