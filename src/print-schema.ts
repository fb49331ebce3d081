import { printWhole } from './schema/schema.js';

// What `schema.graphql` is made with: see `npm run generate`.
process.stdout.write(`${printWhole().trimEnd()}\n`);
