// Mercurius on Fastify. Environment: JIT=1 compiles an operation after its first run, as its documentation
// recommends for production.
import fastify from 'fastify';
import mercurius from 'mercurius';
import { fetchPage, stopOnSignal } from './rest.mjs';
import { resolvers, typeDefs } from './schema.mjs';

const app = fastify();
await app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  context: () => ({ fetchPage }),
  ...(process.env.JIT === '1' ? { jit: 1 } : {}),
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
stopOnSignal();
