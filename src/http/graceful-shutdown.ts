import type { Server, ServerResponse } from 'node:http';
import { type Socket, Server as TcpServer } from 'node:net';
import { LinkedList } from '../util/linked-list.js';

const CONNECTION = Symbol('connection');

/** A socket that knows its connection: every request needs that, and a `Map` takes longer to look it up. */
interface TrackedSocket extends Socket {
  [CONNECTION]?: Connection;
}

/** What is known of an open connection. */
interface Connection {
  readonly socket: Socket;
  /** Answers that have been begun on it and not finished. */
  answers: number;
  /** Bytes that had been read when the last answer was finished: what follows belongs to another request. */
  readBefore: number;
}

/** How a server is brought to its end. */
export interface DrainTimes {
  /** How long open and new connections are served after the end has begun, in milliseconds. */
  readonly lingerMs: number;
  /** When whatever is still in flight is broken off, in milliseconds after the end has begun. */
  readonly graceMs: number;
}

/** Lets a server come to an end without breaking what it is doing. */
export class GracefulShutdown {
  readonly #answers = new LinkedList<ServerResponse>();
  readonly #connections = new Set<Connection>();
  #begun = false;
  #lingering = false;
  #sweeping = false;

  /** Whether the end has begun. */
  get stopping(): boolean {
    return this.#begun;
  }

  /** Has to be told of every connection. */
  trackConnection(socket: TrackedSocket): void {
    const connection = { socket, answers: 0, readBefore: 0 };
    socket[CONNECTION] = connection;
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  /** Has to be told of every request. */
  track(answer: ServerResponse): void {
    const place = this.#answers.add(answer);
    const socket: TrackedSocket = answer.req.socket;
    const connection = socket[CONNECTION];
    if (connection !== undefined) connection.answers += 1;
    if (this.#begun) setConnectionClose(answer);
    answer.on('close', () => {
      this.#answers.remove(place);
      if (connection !== undefined) {
        connection.answers -= 1;
        connection.readBefore = socket.bytesRead;
      }
      if (this.#begun) this.#closeIdle();
    });
  }

  /**
   * Ends a server: for `lingerMs`, requests on open and on new connections are answered with `connection: close`,
   * since clients and balancers need a moment to learn that they have to go elsewhere. Then no new connections are
   * accepted, idle ones are closed, and what is in flight is finished, until `graceMs` is over.
   *
   * @returns how many answers were broken off
   */
  async begin(server: Server, { lingerMs, graceMs }: DrainTimes): Promise<number> {
    this.#begun = true;
    for (const answer of this.#answers) setConnectionClose(answer);
    let brokenOff = 0;
    const end = setTimeout(() => {
      brokenOff = this.#answers.size;
      server.closeAllConnections();
    }, graceMs);
    await this.#linger(lingerMs);
    await new Promise<void>((resolve) => {
      // HTTP's own `close` would destroy idle connections at once, with requests that have arrived but not been read.
      TcpServer.prototype.close.call(server, () => resolve());
      this.#closeIdle();
    });
    clearTimeout(end);
    return brokenOff;
  }

  async #linger(ms: number): Promise<void> {
    this.#lingering = true;
    // What the system has accepted for this process already becomes a connection within a turn of the event loop.
    await nextTurn();
    if (ms > 0 && this.#connections.size > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    this.#lingering = false;
  }

  /** Closes connections on which nothing is in flight, once all has been read that has arrived on them. */
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

/** Two turns of the event loop: in between, everything that has arrived is read. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** So that the client sends its next request elsewhere. */
function setConnectionClose(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('connection', 'close');
}
