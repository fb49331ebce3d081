import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Exchange, entryFor } from './exchange.js';
import type { Fault, Faults } from './faults.js';
import { RequestLog } from './request-log.js';

/** Requests to the API under way, and the log of all of them. */
export class Traffic {
  readonly log = new RequestLog();
  readonly tokenLog = new RequestLog();
  readonly #faults: Faults;
  readonly #limit: number;
  #inFlight = 0;
  #maxInFlight = 0;

  /** @param limit - requests in flight that are let in */
  constructor(faults: Faults, limit: number) {
    this.#faults = faults;
    this.#limit = limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  /** @returns the exchange, and whether the concurrency limit lets it in */
  admit(request: IncomingMessage, response: ServerResponse): { exchange: Exchange; admitted: boolean } {
    const admitted = this.#inFlight < this.#limit;
    if (admitted) {
      this.#inFlight += 1;
      this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
      response.once('close', () => {
        this.#inFlight -= 1;
      });
    }
    const exchange = open(request, response, this.log, this.#inFlight, (path, query) =>
      // A request that is refused at the door meets no fault and uses none up.
      admitted ? this.#faults.take(path, query, false) : [],
    );
    return { exchange, admitted };
  }

  /** A request for a bearer token: logged apart, and without a limit. */
  admitTokenRequest(request: IncomingMessage, response: ServerResponse): Exchange {
    return open(request, response, this.tokenLog, this.#inFlight, (path, query) =>
      this.#faults.take(path, query, true),
    );
  }

  clear(): void {
    this.log.clear();
    this.tokenLog.clear();
    this.#maxInFlight = this.#inFlight;
  }
}

function open(
  request: IncomingMessage,
  response: ServerResponse,
  log: RequestLog,
  inFlight: number,
  faultsFor: (path: string, query: URLSearchParams) => readonly Fault[],
): Exchange {
  const entry = entryFor(request);
  const faults = faultsFor(entry.path, entry.query);
  const exchange: Exchange = { request, response, entry, faults, inFlight, severed: false };
  const ended = log.add(entry);
  response.once('close', () => {
    entry.aborted = !response.writableFinished && !exchange.severed;
    ended();
  });
  return exchange;
}
