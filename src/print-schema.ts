import { parseArgs } from 'node:util';
import { createSchema, printFullSdl, printSubgraph } from './graphql/schema/index.js';
import { withoutScopes } from './graphql/schema/without-scopes.js';
import { catalog } from './resources/catalog.js';

// Without options it is what `schema.graphql` is made with: see `npm run generate`.
const { values } = parseArgs({
  options: {
    /** The SDL that `_service` answers. */
    subgraph: { type: 'boolean', default: false },
    /** Leaves `@requiresScopes` out. */
    'without-scopes': { type: 'boolean', default: false },
  },
});
const schema = createSchema(catalog);
const sdl = values.subgraph ? printSubgraph(schema) : printFullSdl(schema);
process.stdout.write(`${(values['without-scopes'] ? withoutScopes(sdl) : sdl).trimEnd()}\n`);
