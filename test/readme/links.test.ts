import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const DOCUMENTS: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'deploy/README.md',
  'src/fast-path/README.md',
  ...readdirSync(join(ROOT, 'docs'), { encoding: 'utf8', recursive: true })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/** A document without its fenced blocks, in which neither headings nor links are any. */
function proseOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8').replace(/^( *)```[^\n]*\n[\s\S]*?^\1```$/gm, '');
}

/** Anchors of the headings, as GitHub makes them: lower case, punctuation removed, a number after a repeated one. */
function anchorsOf(document: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(document).matchAll(/^#{1,6} +(.*)$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const anchor = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Targets of the links that lead to files or headings of the repository. */
function targetsOf(document: string): readonly string[] {
  const prose = proseOf(document).replace(/(`+)[^\n]*?[^`\n]\1(?!`)/g, 'code');
  const targets = [...prose.matchAll(/\]\(([^()\s]+)\)/g), ...prose.matchAll(/^\[[^\]]+\]: +(\S+)/gm)];
  return targets.map(([, target = '']) => target).filter((target) => !/^[a-z]+:/i.test(target));
}

/** @returns what is wrong with a link, or `null` */
function problemOf(document: string, target: string): string | null {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? document : relative(ROOT, join(ROOT, dirname(document), path));
  if (path.startsWith('/') || file.startsWith('..')) return `${target}: leads out of the repository`;
  if (!existsSync(join(ROOT, file))) return `${target}: no such file`;
  if (anchor !== undefined && !anchorsOf(file).has(anchor)) return `${target}: no such heading`;
  return null;
}

describe('Documents, links', () => {
  it.each(DOCUMENTS)('%s links only to files and headings that exist', (document) => {
    const problems = targetsOf(document).map((target) => problemOf(document, target));
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  });

  it.each(['docs/README.md', 'docs/how-to/README.md', 'docs/decisions/README.md'])(
    '%s lists every document of its folder',
    (index) => {
      const folder = dirname(index);
      const listed = new Set(targetsOf(index).map((target) => join(folder, target)));
      const documents = readdirSync(join(ROOT, folder))
        .map((name) => join(folder, name))
        .filter((path) => path.endsWith('.md') && path !== index);
      expect(documents.filter((path) => !listed.has(path))).toEqual([]);
    },
  );
});
