import { parseArgs } from 'node:util';
import { createSchema, printFullSdl, printSubgraph } from './graphql/schema/index.js';
import { withoutScopes } from './graphql/schema/without-scopes.js';
import { catalog } from './resources/catalog.js';

// `npm run generate` writes `schema.graphql` without options.
const { values } = parseArgs({
  options: {
    /** Prints the SDL that `_service` returns. */
    subgraph: { type: 'boolean', default: false },
    /** Omits `@requiresScopes`. */
    'without-scopes': { type: 'boolean', default: false },
  },
});
const schema = createSchema(catalog);
const sdl = values.subgraph ? printSubgraph(schema) : printFullSdl(schema);
process.stdout.write(`${(values['without-scopes'] ? withoutScopes(sdl) : sdl).trimEnd()}\n`);
