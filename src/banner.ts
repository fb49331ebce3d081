import type { Gateway } from './app.js';
import type { Config } from './config/index.js';
import { exampleQuery } from './graphql/graphiql/examples.js';

/**
 * Returns the start-up message: the URL of the endpoint and a command that sends a query, if the configuration allows
 * it.
 */
export function banner(
  { url, demoSid }: Pick<Gateway, 'url' | 'demoSid'>,
  { auth, graphiql, persistedOperations }: Pick<Config, 'auth' | 'graphiql' | 'persistedOperations'>,
): string {
  const endpoint = `${reachable(url)}/graphql`;
  const lines = [`${graphiql ? 'GraphiQL ' : 'Endpoint '}  ${endpoint}`];
  // The command would be rejected if only persisted operations are allowed.
  if (!persistedOperations?.only) {
    const body = JSON.stringify({ query: oneLine(exampleQuery(demoSid)) });
    const authorization = auth.kind === 'none' ? '' : `-H "authorization: Bearer $TOKEN" \\\n               `;
    lines.push(`Try it     curl -s ${endpoint} -H 'content-type: application/json' \\`);
    lines.push(`             ${authorization}-d '${body}'`);
  }
  return `\n${lines.map((line) => `  ${line}\n`).join('')}\n`;
}

/** Replaces the unspecified address by the loopback address, which a browser can open. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

function oneLine(query: string): string {
  return query.replace(/\s+/g, ' ').trim();
}
