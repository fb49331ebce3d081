import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import type { GatewayStatus, SandboxAccess } from '../app.js';
import type { Config } from '../config/index.js';
import { AggregatedMetrics } from '../observability/aggregated-metrics.js';
import { supervisorMetrics } from '../observability/metrics/supervisor.js';
import { WORKER_ENVIRONMENT } from './marker.js';
import { isOurs, type ToPrimary, type ToWorker } from './messages.js';
import { Pending } from './pending.js';
import { RestartDelay } from './restart-delay.js';

/** How long a worker may take to report its status, in milliseconds: less than the time limit of a scrape. */
const STATUS_MS = 2000;

/** How much longer than its grace period a worker may take to end, in milliseconds. */
const END_MS = 5000;

/** A worker with what is known of it. */
interface Member {
  readonly worker: Worker;
  readonly startedAt: number;
  url: string | null;
}

/** Events of the workers. */
export interface SupervisorEvents {
  /** All workers listen, for the first time. */
  listening(url: string): void;
  /** The first worker has ended before it listened, after it has said why. */
  failed(code: number): void;
}

/** Starts the workers, replaces those that end, and stops them. It serves nothing itself. */
export class Supervisor {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #sandbox: SandboxAccess | null;
  readonly #events: SupervisorEvents;
  readonly #members = new Map<number, Member>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  readonly #delay = new RestartDelay();
  readonly #statuses = new Pending<GatewayStatus>(STATUS_MS);
  readonly #own = supervisorMetrics();
  readonly #metrics = new AggregatedMetrics(this.#own.registry);
  #everListened = false;
  #allListened = false;
  #stopping: ((code: number) => void) | null = null;
  #worstCode = 0;

  /**
   * @param sandbox - the sandbox that all workers use; `null` with a real upstream
   */
  constructor(config: Config, log: Logger, sandbox: SandboxAccess | null, events: SupervisorEvents) {
    this.#config = config;
    this.#log = log;
    this.#sandbox = sandbox;
    this.#events = events;
  }

  /** Starts one worker, and the others once it listens: a wrong address is reported once. */
  start(): void {
    cluster.on('message', (worker: Worker, message: unknown) => {
      if (isOurs<ToPrimary>(message)) this.#receive(worker, message);
    });
    cluster.on('exit', (worker: Worker, code: number | null, signal: string | null) =>
      this.#ended(worker, code, signal),
    );
    this.#fork();
  }

  get stopping(): boolean {
    return this.#stopping !== null;
  }

  /** Number of workers that listen. */
  get listening(): number {
    return [...this.#members.values()].filter(({ url }) => url !== null).length;
  }

  /** Returns the status of each worker that responds. */
  async statuses(): Promise<readonly GatewayStatus[]> {
    return [...(await this.#statusesById()).values()];
  }

  /** Returns the metrics of all workers, also of those that have ended, in the text format of Prometheus. */
  async metrics(): Promise<string> {
    return this.#metrics.text(new Set((await this.#statusesById()).keys()));
  }

  /** Returns the status of each worker that responds, by the worker's ID. */
  async #statusesById(): Promise<ReadonlyMap<number, GatewayStatus>> {
    const asked = [...this.#members.values()].filter(({ url }) => url !== null);
    const statuses = new Map<number, GatewayStatus>();
    await Promise.all(
      asked.map(async ({ worker }) => {
        const status = await this.#statuses.request((id) => tell(worker, { kind: 'status', id }));
        if (status !== null) statuses.set(worker.id, status);
      }),
    );
    return statuses;
  }

  /** Passes SIGHUP on to all workers. */
  reload(): void {
    for (const { worker } of this.#members.values()) tell(worker, { kind: 'reload' });
  }

  /** Stops all workers. @returns the worst of their exit codes */
  close(): Promise<number> {
    const { drainDelayMs, shutdownGraceMs } = this.#config;
    return new Promise((resolve) => {
      const kill = setTimeout(() => this.#kill(), drainDelayMs + shutdownGraceMs + END_MS);
      this.#stopping = (code) => {
        clearTimeout(kill);
        resolve(code);
      };
      for (const timer of this.#restarts) clearTimeout(timer);
      for (const { worker } of this.#members.values()) tell(worker, { kind: 'stop' });
      this.#settleIfEnded();
    });
  }

  #fork(): void {
    const worker = cluster.fork(WORKER_ENVIRONMENT);
    // A message to a worker that has just ended is an error, which its exit follows.
    worker.on('error', () => undefined);
    this.#members.set(worker.id, { worker, startedAt: performance.now(), url: null });
  }

  #receive(worker: Worker, message: ToPrimary): void {
    switch (message.kind) {
      case 'hello':
        tell(worker, this.stopping ? { kind: 'stop' } : { kind: 'start', sandbox: this.#sandbox });
        break;
      case 'listening':
        this.#listens(worker, message.url);
        break;
      case 'status':
        // A message can arrive after the exit of its worker.
        if (this.#members.has(worker.id)) this.#metrics.report(worker.id, message.status.metrics);
        this.#statuses.settle(message.id, message.status);
        break;
      case 'metrics': {
        const { id } = message;
        this.metrics()
          .then((text) => tell(worker, { kind: 'metrics', id, text }))
          // The worker's request fails after its time limit.
          .catch(() => undefined);
        break;
      }
    }
  }

  #listens(worker: Worker, url: string): void {
    const member = this.#members.get(worker.id);
    if (member === undefined) return;
    member.url = url;
    if (this.#everListened) {
      this.#log.debug({ worker: worker.process.pid }, 'worker listening');
    } else {
      this.#everListened = true;
      for (let n = 1; n < this.#config.workers; n += 1) this.#fork();
    }
    if (this.#allListened || this.listening < this.#config.workers) return;
    this.#allListened = true;
    this.#events.listening(url);
  }

  #ended(worker: Worker, code: number | null, signal: string | null): void {
    const member = this.#members.get(worker.id);
    if (member === undefined) return;
    this.#members.delete(worker.id);
    this.#metrics.end(worker.id);
    if (this.stopping) {
      this.#worstCode = Math.max(this.#worstCode, code ?? 1);
      this.#settleIfEnded();
      return;
    }
    if (!this.#everListened) {
      this.#events.failed(code || 1);
      return;
    }
    this.#own.restarted();
    const delayMs = this.#delay.after(performance.now() - member.startedAt);
    this.#log.error(
      { worker: worker.process.pid, code, signal, delayMs },
      'worker ended, another one is started',
    );
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#fork();
    }, delayMs);
    this.#restarts.add(timer);
  }

  #settleIfEnded(): void {
    if (this.#members.size === 0) this.#stopping?.(this.#worstCode);
  }

  #kill(): void {
    for (const { worker } of this.#members.values()) worker.process.kill('SIGKILL');
  }
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
