// GraphQL Mesh's OpenAPI handler, which makes a schema out of an OpenAPI document. Served by Yoga, which Mesh's own
// gateway is built on and adds to.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { loadGraphQLSchemaFromOpenAPI } from '@omnigraph/openapi';
import { createYoga } from 'graphql-yoga';
import { headers, serve, upstreamUrl } from './rest.mjs';

const schema = await loadGraphQLSchemaFromOpenAPI('wireless', {
  source: fileURLToPath(new URL('wireless-openapi.json', import.meta.url)),
  endpoint: upstreamUrl,
  operationHeaders: headers,
  cwd: fileURLToPath(new URL('.', import.meta.url)),
});

serve(createServer(createYoga({ schema, graphiql: false, landingPage: false, logging: 'warn' })));
