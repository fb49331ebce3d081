import { createSchema, printFullSdl } from './graphql/schema/index.js';
import { catalog } from './resources/index.js';

// Writes `schema.graphql`: see `npm run generate`.
process.stdout.write(`${printFullSdl(createSchema(catalog)).trimEnd()}\n`);
