import { createRequire } from 'node:module';

/** Folder of the package with schemas and parsers, which are installed separately. */
export const TOOLS = new URL('../deploy-tools/', import.meta.url);

const require = createRequire(new URL('package.json', TOOLS));

/**
 * Loads a schema or a parser.
 *
 * @typeParam Module - the part of it that the tests use
 */
export function tool<Module>(name: string): Module {
  return require(name);
}
