import type { Gateway } from './app.js';
import type { Config } from './config/index.js';
import { exampleQuery } from './graphql/graphiql/examples.js';

/**
 * What a person can do with a gateway that has started: an address to open and a command to run, as far as this
 * configuration lets them work.
 */
export function banner(
  { url, demoSid }: Pick<Gateway, 'url' | 'demoSid'>,
  { auth: access, graphiql, persistedOperations }: Pick<Config, 'auth' | 'graphiql' | 'persistedOperations'>,
): string {
  const endpoint = `${reachable(url)}/graphql`;
  const lines = [`${graphiql ? 'GraphiQL ' : 'Endpoint '}  ${endpoint}`];
  // Where only persisted operations are served, no other command works.
  if (!persistedOperations?.only) {
    const body = JSON.stringify({ query: oneLine(exampleQuery(demoSid)) });
    const authorization =
      access.kind === 'none' ? '' : `-H "authorization: Bearer $TOKEN" \\\n               `;
    lines.push(`Try it     curl -s ${endpoint} -H 'content-type: application/json' \\`);
    lines.push(`             ${authorization}-d '${body}'`);
  }
  return `\n${lines.map((line) => `  ${line}\n`).join('')}\n`;
}

/** A gateway that listens on every address is reached on this machine by the loopback one. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

function oneLine(query: string): string {
  return query.replace(/\s+/g, ' ').trim();
}
