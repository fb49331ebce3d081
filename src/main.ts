import { type Logger, pino } from 'pino';
import { type Gateway, startGateway } from './app.js';
import { ConfigError, readConfig } from './config/index.js';
import { exampleQuery } from './graphql/graphiql/examples.js';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ level: config.logLevel });
  endOnUncaught(log);
  const gateway = await startGateway(config, log);
  log.info({ url: gateway.url, upstream: config.upstream?.dialect ?? 'sandbox' }, 'listening');
  if (process.stdout.isTTY || gateway.demoSid !== null) printBanner(gateway);
  stopOnSignal(gateway, log);
}

/** Says to a person what to do next. */
function printBanner({ url, demoSid }: Gateway): void {
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

/** The first signal lets what is in flight finish; who sends a second one does not want to wait for that. */
function stopOnSignal(gateway: Gateway, log: Logger): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      log.info({ signal }, 'stopping');
      gateway.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

/** What nobody caught leaves the process in a state that nobody knows: it ends, for another one to take over. */
function endOnUncaught(log: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      // Its message and stack may hold anything.
      log.fatal({ error: nameOf(error) }, event);
      process.exit(1);
    });
  }
}

main().catch((error: unknown) => {
  // One line that a person can act on; anything else is a fault of the program, of which the name has to do.
  const text =
    error instanceof ConfigError || isListenError(error) ? error.message : `cannot start: ${nameOf(error)}`;
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function isListenError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}
