import { parseArgs } from 'node:util';
import { printFullSdl, printSubgraph } from './graphql/schema/index.js';
import { withoutScopes } from './graphql/schema/without-scopes.js';

// Without options it is what `schema.graphql` is made with: see `npm run generate`.
const { values } = parseArgs({
  options: {
    /** The SDL that `_service` answers. */
    subgraph: { type: 'boolean', default: false },
    /** Leaves `@requiresScopes` out. */
    'without-scopes': { type: 'boolean', default: false },
  },
});
const sdl = values.subgraph ? printSubgraph() : printFullSdl();
process.stdout.write(`${(values['without-scopes'] ? withoutScopes(sdl) : sdl).trimEnd()}\n`);
