import { createRequire } from 'node:module';

/** Peer packages are installed separately, because they have hundreds of dependencies. */
const require = createRequire(new URL('../peers/package.json', import.meta.url));

/**
 * Loads a package that the gateway is tested with.
 *
 * @typeParam Module - the part of it that the tests use
 */
export function peer<Module>(name: string): Module {
  return require(name);
}
