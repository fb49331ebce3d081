// Apollo Server with its standalone server, which is lighter than its Express integration, and its REST data source.
import { RESTDataSource } from '@apollo/datasource-rest';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { headers, listPath, stopOnSignal, upstreamUrl } from './rest.mjs';
import { resolvers, typeDefs } from './schema.mjs';

class WirelessApi extends RESTDataSource {
  baseURL = upstreamUrl;

  /**
   * @param {string} sid
   * @param {number} size
   */
  sessions(sid, size) {
    return this.get(listPath(sid, size), { headers });
  }
}

const server = new ApolloServer({ typeDefs, resolvers });
await startStandaloneServer(server, {
  listen: { port: Number(process.env.PORT), host: '127.0.0.1' },
  // A data source belongs to one operation: it remembers answers for as long as it lives.
  context: async () => {
    const api = new WirelessApi({ cache: server.cache });
    return { fetchPage: (/** @type {string} */ sid, /** @type {number} */ size) => api.sessions(sid, size) };
  },
});
stopOnSignal();
