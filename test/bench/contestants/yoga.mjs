// Yoga as its documentation sets it up: createSchema, createYoga, node:http.
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { fetchPage, serve } from './rest.mjs';
import { resolvers, typeDefs } from './schema.mjs';

serve(
  createServer(
    createYoga({
      schema: createSchema({ typeDefs, resolvers }),
      context: { fetchPage },
      graphiql: false,
      landingPage: false,
      logging: 'warn',
    }),
  ),
);
