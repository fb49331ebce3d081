import type { Server, ServerResponse } from 'node:http';
import { type Socket, Server as TcpServer } from 'node:net';
import { LinkedList } from '../util/linked-list.js';

const CONNECTION = Symbol('connection');

/** A socket with its connection. Every request needs it, and a `Map` takes longer to look it up. */
interface TrackedSocket extends Socket {
  [CONNECTION]?: Connection;
}

/** An open connection. */
interface Connection {
  readonly socket: Socket;
  /** Responses on it that are not finished. */
  answers: number;
  /** Bytes that had been read when the last response was finished: the following bytes belong to another request. */
  readBefore: number;
}

/** Times of a shutdown. */
export interface DrainTimes {
  /**
   * How long new connections are accepted after the shutdown has begun, in milliseconds, whether or not there are any now:
   * balancers take this time to notice that the process is not ready. 0: `lingerMs` applies.
   */
  readonly delayMs: number;
  /** How long open and new connections are served if there is no delay and a connection is open, in milliseconds. */
  readonly lingerMs: number;
  /** When responses in flight are aborted, in milliseconds after the delay. */
  readonly graceMs: number;
}

/** What is done at certain points. */
export interface ShutdownHooks {
  /** Called when a response is complete, or its client has disconnected. */
  onAnswered(answer: ServerResponse): void;
  /** Called when no further request is accepted: responses without an end of their own have to end now. */
  onClosing(): void;
  /**
   * Called when no response is in flight any more.
   *
   * @returns resolves when work without a response has ended, too. It is awaited until the grace period is over
   */
  onAllAnswered(): Promise<void>;
}

const NO_HOOKS: ShutdownHooks = { onAnswered() {}, onClosing() {}, async onAllAnswered() {} };

/** Shuts a server down without aborting responses in flight. */
export class GracefulShutdown {
  readonly #answers = new LinkedList<ServerResponse>();
  readonly #connections = new Set<Connection>();
  readonly #hooks: ShutdownHooks;
  #begun = false;
  #lingering = false;
  #sweeping = false;

  constructor(hooks: ShutdownHooks = NO_HOOKS) {
    this.#hooks = hooks;
  }

  /** Whether the shutdown has begun. */
  get stopping(): boolean {
    return this.#begun;
  }

  /** Has to be called for every connection. */
  trackConnection(socket: TrackedSocket): void {
    const connection = { socket, answers: 0, readBefore: 0 };
    socket[CONNECTION] = connection;
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  /** Has to be called for every request. */
  track(answer: ServerResponse): void {
    const place = this.#answers.add(answer);
    const socket: TrackedSocket = answer.req.socket;
    const connection = socket[CONNECTION];
    if (connection !== undefined) connection.answers += 1;
    if (this.#begun) setConnectionClose(answer);
    answer.on('close', () => {
      this.#answers.remove(place);
      this.#hooks.onAnswered(answer);
      if (connection !== undefined) {
        connection.answers -= 1;
        connection.readBefore = socket.bytesRead;
      }
      if (this.#begun) this.#closeIdle();
    });
  }

  /**
   * Shuts a server down. For `delayMs` or `lingerMs`, requests on open and on new connections are served with
   * `connection: close`, because clients and balancers need some time to notice. Then no new connections are accepted, idle
   * connections are closed, and responses in flight and work without a response are finished until `graceMs` has passed.
   *
   * @returns number of responses that were aborted
   */
  async begin(server: Server, { delayMs, lingerMs, graceMs }: DrainTimes): Promise<number> {
    this.#begun = true;
    for (const answer of this.#answers) setConnectionClose(answer);
    let brokenOff = 0;
    let end: NodeJS.Timeout | undefined;
    const graceOver = new Promise<void>((resolve) => {
      end = setTimeout(() => {
        brokenOff = this.#answers.size;
        server.closeAllConnections();
        resolve();
      }, delayMs + graceMs);
    });
    await this.#linger(delayMs, lingerMs);
    this.#hooks.onClosing();
    await new Promise<void>((resolve) => {
      // `close` of `http.Server` would destroy idle connections at once, with requests that have arrived but not been read.
      TcpServer.prototype.close.call(server, () => resolve());
      this.#closeIdle();
    });
    await Promise.race([this.#hooks.onAllAnswered(), graceOver]);
    clearTimeout(end);
    return brokenOff;
  }

  async #linger(delayMs: number, lingerMs: number): Promise<void> {
    this.#lingering = true;
    // A connection that the system has already accepted is reported within a turn of the event loop.
    await nextTurn();
    const ms = delayMs === 0 && this.#connections.size > 0 ? lingerMs : delayMs;
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    this.#lingering = false;
  }

  /** Closes connections without responses in flight, once everything that has arrived on them has been read. */
  async #closeIdle(): Promise<void> {
    if (this.#sweeping || this.#lingering) return;
    this.#sweeping = true;
    await nextTurn();
    this.#sweeping = false;
    for (const { socket, answers, readBefore } of this.#connections) {
      const isIdle = socket.bytesRead === readBefore || socket.writableFinished;
      if (answers === 0 && isIdle) socket.destroy();
    }
  }
}

/** Two turns of the event loop: between them, everything that has arrived is read. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** Tells the client to send its next request on another connection. */
function setConnectionClose(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('connection', 'close');
}
