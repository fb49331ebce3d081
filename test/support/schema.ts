import { createSchema } from '../../src/graphql/schema/index.js';
import { catalog } from '../../src/resources/catalog.js';

/** The schema that the gateway serves. */
export const schema = createSchema(catalog);
