import { createRequire } from 'node:module';
import { ModuleKind, ScriptTarget, transpile } from 'typescript';
import { block, type Ports, withPorts } from './blocks.js';

const require = createRequire(new URL('../peers/package.json', import.meta.url));

/**
 * Runs a module of the documents in this process, with the packages of `test/peers`.
 *
 * @typeParam Exports - as much of what it exports as the test uses
 */
export function load<Exports>(name: string, ports: Ports): Exports {
  const code = transpile(withPorts(block(name), ports), {
    module: ModuleKind.CommonJS,
    target: ScriptTarget.ES2022,
  });
  const exports = {};
  new Function('require', 'exports', code)(require, exports);
  return exports as Exports;
}
