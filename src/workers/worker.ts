import type { Logger } from 'pino';
import { type Gateway, startGateway } from '../app.js';
import type { Config } from '../config/index.js';
import type { Reload } from '../reload.js';
import { isOurs, type ToPrimary, type ToWorker } from './messages.js';
import { Pending } from './pending.js';

/** How long a response of the primary is awaited, in milliseconds. */
const PRIMARY_MS = 5000;

/** What the process of a worker does for its gateway. */
export interface WorkerProcess {
  readonly close: (gateway: Gateway) => Promise<void>;
  readonly reload: Reload;
  /** Ends the process with an exit code. */
  readonly exit: (code: number) => void;
}

/**
 * Runs a gateway in a worker of `node:cluster`. Only the primary's messages stop it: a terminal and some supervisors send a
 * signal to all processes of a group, and a second signal would end the worker before its operations.
 *
 * @throws {ConfigError} as `startGateway`
 */
export async function runWorker(
  config: Config,
  log: Logger,
  { close, reload, exit }: WorkerProcess,
): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  const metrics = new Pending<string>(PRIMARY_MS);
  let gateway: Gateway | null = null;
  const start = await new Promise<Extract<ToWorker, { kind: 'start' }>>((resolve) => {
    process.on('message', (message) => {
      if (!isOurs<ToWorker>(message)) return;
      switch (message.kind) {
        case 'start':
          resolve(message);
          break;
        case 'stop':
          if (gateway === null) exit(0);
          else
            close(gateway).then(
              () => exit(0),
              () => exit(1),
            );
          break;
        case 'reload':
          process.emit('SIGHUP', 'SIGHUP');
          break;
        case 'status': {
          const { id } = message;
          gateway?.status().then(
            (status) => tell({ kind: 'status', id, status }),
            () => undefined,
          );
          break;
        }
        case 'metrics':
          metrics.settle(message.id, message.text);
          break;
      }
    });
    tell({ kind: 'hello' });
  });
  const started = await startGateway(shareOf(config), log, {
    worker: {
      sandbox: start.sandbox,
      allMetrics: async () => {
        const text = await metrics.request((id) => tell({ kind: 'metrics', id }));
        if (text === null) throw new Error('the primary does not respond');
        return text;
      },
    },
  });
  gateway = started;
  reload.started((next) => started.reload(shareOf(next)));
  tell({ kind: 'listening', url: started.url });
}

/** Without a primary, Node ends the worker by itself. */
function tell(message: ToPrimary): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/**
 * The limit of upstream requests is that of all workers together, so each has its share, at least one. With Redis the limit
 * is shared already.
 */
function shareOf(config: Config): Config {
  if (config.redis !== null) return config;
  const share = (limit: number) => Math.max(1, Math.floor(limit / config.workers));
  const accounts = config.accounts?.map((account) => ({
    ...account,
    concurrency: share(account.concurrency),
  }));
  return { ...config, accounts: accounts ?? null, upstreamConcurrency: share(config.upstreamConcurrency) };
}
