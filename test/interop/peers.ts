import { createRequire } from 'node:module';

/** The programs of other people are installed apart from ours: they bring hundreds of packages with them. */
const require = createRequire(new URL('../peers/package.json', import.meta.url));

/**
 * Loads a program that the gateway is held against.
 *
 * @typeParam Module - as much of it as the tests use
 */
export function peer<Module>(name: string): Module {
  return require(name);
}
