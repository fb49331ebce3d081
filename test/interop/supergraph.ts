import { type DocumentNode, parse } from 'graphql';
import { type HttpServer, serve } from './http-server.js';
import { peer } from './peers.js';

/** A subgraph of a supergraph. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
}

interface Composition {
  readonly supergraphSdl?: string;
  readonly errors?: readonly Error[];
}

interface Composer {
  composeServices(services: { name: string; url: string; typeDefs: DocumentNode }[]): Composition;
}

/** The composers of Apollo (rover, GraphOS) and The Guild (Hive). */
export const COMPOSERS = ['@apollo/composition', '@theguild/federation-composition'] as const;

/** Returns the SDL of a subgraph for composition. */
export async function sdlOf(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  });
  const { data } = (await response.json()) as { data: { _service: { sdl: string } } };
  return data._service.sdl;
}

/** @throws {Error} with all errors of the composer */
export async function compose(
  composer: (typeof COMPOSERS)[number],
  subgraphs: readonly Subgraph[],
): Promise<string> {
  const sdls = subgraphs.map(async (subgraph) => ({ ...subgraph, sdl: await sdlOf(subgraph.url) }));
  return composeSdls(composer, await Promise.all(sdls));
}

/** @throws {Error} with all errors of the composer */
export function composeSdls(
  composer: (typeof COMPOSERS)[number],
  subgraphs: readonly (Subgraph & { readonly sdl: string })[],
): string {
  const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
  const { composeServices } = peer<Composer>(composer);
  const { supergraphSdl, errors = [] } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

/**
 * Serves a supergraph with Hive Gateway.
 *
 * @param config - further members of its configuration
 */
export async function serveSupergraph(supergraph: string, config: object = {}): Promise<HttpServer> {
  const { createGatewayRuntime } = peer<{
    createGatewayRuntime(options: object): Parameters<typeof serve>[0] & { dispose(): Promise<void> };
  }>('@graphql-hive/gateway-runtime');
  const runtime = createGatewayRuntime({ supergraph, logging: false, ...config });
  const server = await serve(runtime);
  return {
    url: server.url,
    async close() {
      await server.close();
      await runtime.dispose();
    },
  };
}
