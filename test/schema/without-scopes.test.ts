import { parse, print } from 'graphql';
import { expect, it } from 'vitest';
import { printSubgraph } from '../../src/graphql/schema/index.js';
import { withoutScopes } from '../../src/graphql/schema/without-scopes.js';
import { schema } from '../support/schema.js';

it('an SDL without scopes lacks @requiresScopes and its import, and nothing else', () => {
  const sdl = print(parse(printSubgraph(schema)));
  const lines = withoutScopes(sdl).split('\n');
  const changed = sdl.split('\n').filter((line, index) => line !== lines[index]);
  expect(changed.length).toBeGreaterThan(1);
  for (const line of changed) expect(line).toContain('@requiresScopes');
  expect(withoutScopes(sdl)).toBe(
    sdl.replace(/ @requiresScopes\(scopes: [^)]*\)/g, '').replace('"@requiresScopes", ', ''),
  );
});
