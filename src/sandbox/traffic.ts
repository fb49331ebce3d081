import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Exchange, entryFor } from './exchange.js';
import type { Fault, Faults } from './faults.js';
import { RequestLog } from './request-log.js';

/** Counts and logs the requests to the API. */
export class Traffic {
  readonly log = new RequestLog();
  readonly tokenLog = new RequestLog();
  readonly #faults: Faults;
  readonly #limit: number;
  #inFlight = 0;
  #maxInFlight = 0;

  /** @param limit - maximum number of requests in flight */
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

  /** Logs a request. @returns the exchange, and whether it is within the concurrency limit */
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
      // Faults do not apply to a request above the limit, and do not count it.
      admitted ? this.#faults.take(path, query, false) : [],
    );
    return { exchange, admitted };
  }

  /** Logs a token request separately. It does not count for the limit. */
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
