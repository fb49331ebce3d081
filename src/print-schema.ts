import { parseArgs } from 'node:util';
import { printFullSdl, printSubgraph } from './graphql/schema/index.js';
import { withoutScopes } from './graphql/schema/without-scopes.js';

// `npm run generate` writes `schema.graphql` without options.
const { values } = parseArgs({
  options: {
    /** Prints the SDL that `_service` returns. */
    subgraph: { type: 'boolean', default: false },
    /** Omits `@requiresScopes`. */
    'without-scopes': { type: 'boolean', default: false },
  },
});
const sdl = values.subgraph ? printSubgraph() : printFullSdl();
process.stdout.write(`${(values['without-scopes'] ? withoutScopes(sdl) : sdl).trimEnd()}\n`);
