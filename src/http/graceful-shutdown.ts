import type { Server, ServerResponse } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { LinkedList } from '../util/linked-list.js';

/** Lets a server come to an end without breaking what it is doing. */
export class GracefulShutdown {
  readonly #answers = new LinkedList<ServerResponse>();
  #server: Server | null = null;

  /** Whether the end has begun. */
  get stopping(): boolean {
    return this.#server !== null;
  }

  /** Has to be told of every request. */
  track(answer: ServerResponse): void {
    const place = this.#answers.add(answer);
    if (this.stopping) setConnectionClose(answer);
    answer.on('close', () => {
      this.#answers.remove(place);
      this.#closeWhenDone();
    });
  }

  /**
   * Takes no new connections, answers what is in flight and what still comes over the connections that are there,
   * and closes.
   *
   * @param graceMs - after which whatever is still in flight is broken off
   * @returns how many answers were
   */
  begin(server: Server, graceMs: number): Promise<number> {
    this.#server = server;
    for (const answer of this.#answers) setConnectionClose(answer);
    return new Promise((resolve) => {
      let brokenOff = 0;
      const timer = setTimeout(() => {
        brokenOff = this.#answers.size;
        server.closeAllConnections();
      }, graceMs);
      // HTTP's own `close` would cut idle connections off, and with them requests that are on their way.
      TcpServer.prototype.close.call(server, () => {
        clearTimeout(timer);
        resolve(brokenOff);
      });
      this.#closeWhenDone();
    });
  }

  /** Connections that nobody uses at present would hold the end up. */
  #closeWhenDone(): void {
    if (this.#answers.size === 0) this.#server?.closeAllConnections();
  }
}

/** So that the client sends its next request elsewhere. */
function setConnectionClose(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('connection', 'close');
}
