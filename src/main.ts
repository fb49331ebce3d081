import type { Logger } from 'pino';
import { ConfigError, readConfig } from './config.js';
import { type Gateway, startGateway } from './gateway.js';
import { createLog, exitAfterLog, tolerateOutputErrors } from './log.js';
import { exampleQuery } from './server/graphiql-examples.js';

async function main(): Promise<void> {
  tolerateOutputErrors();
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  endOnUncaught(log);
  const gateway = await startGateway(config, log);
  log.info({ url: gateway.url, upstream: config.upstream?.dialect ?? 'sandbox' }, 'listening');
  if (process.stdout.isTTY || gateway.demoSid !== null) greet(gateway);
  stopOnSignal(gateway, log);
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

/** The first signal lets what is in flight finish; who sends a second one does not want to wait for that. */
function stopOnSignal(gateway: Gateway, log: Logger): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      log.info({ signal }, 'stopping');
      gateway.close().then(
        () => exitAfterLog(0),
        () => exitAfterLog(1),
      );
    });
  }
}

/** What nobody caught leaves the process in a state that nobody knows: it ends, for another one to take over. */
function endOnUncaught(log: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      try {
        // Its message and stack may hold anything.
        log.fatal({ error: nameOf(error) }, event);
      } finally {
        exitAfterLog(1);
      }
    });
  }
}

main().catch((error: unknown) => {
  // One line that a person can act on. For a fault of the program it has the error's name and code only.
  const text = error instanceof ConfigError ? error.message : `cannot start: ${nameOf(error)}`;
  process.stderr.write(`${text}\n`);
  exitAfterLog(1);
});

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
