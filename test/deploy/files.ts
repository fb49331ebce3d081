import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tool } from './tools.js';

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const yaml = tool<{ parse(text: string): unknown }>('yaml');

export function read(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

/** @typeParam Content - the part of the file that the test reads */
export function readYaml<Content>(path: string): Content {
  return yaml.parse(read(path)) as Content;
}

/** Paths of the YAML files of a folder, without those of its subfolders. */
export function yamlFilesOf(folder: string): readonly string[] {
  return readdirSync(`${ROOT}${folder}`)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** Variables of a file with one `NAME=value` in a line. */
export function readVariablesFile(path: string): Readonly<Record<string, string>> {
  const lines = [...read(path).matchAll(/^([A-Z_]+)=(.*)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}
