import { pino } from 'pino';
import { ConfigError, readConfig } from './config.js';
import { type Gateway, startGateway } from './gateway.js';
import { exampleQuery } from './server/graphiql.js';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ level: config.logLevel });
  const gateway = await startGateway(config, log);
  log.info({ url: gateway.url, upstream: config.upstream?.dialect ?? 'sandbox' }, 'listening');
  if (process.stdout.isTTY || gateway.demoSid !== null) greet(gateway);
  stopOnSignal(gateway);
}

/** Says to a person what to do next. */
function greet({ url, demoSid }: Gateway): void {
  const body = JSON.stringify({ query: oneLine(exampleQuery(demoSid)) });
  process.stdout.write(`
  GraphiQL   ${url}/graphql
  Try it     curl -s ${url}/graphql -H 'content-type: application/json' \\
               -d '${body}'

`);
}

function oneLine(query: string): string {
  return query.replace(/\s+/g, ' ').trim();
}

function stopOnSignal(gateway: Gateway): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      gateway.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

main().catch((error: unknown) => {
  // One line that a person can act on; anything else is a fault of the program, of which the name has to do.
  const text =
    error instanceof ConfigError || isListenError(error) ? error.message : `cannot start: ${error}`;
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});

function isListenError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}
