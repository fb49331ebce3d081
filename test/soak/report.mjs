/**
 * What memory may grow by between the second quarter of a run and its last: V8 takes its time to find the size
 * of its heap. A leak of one page in every request would be more than this within a minute.
 */
const GROWTH = 1.25;
const GROWTH_MB = 25;
/** In a shorter run V8 has not yet come to the size of heap that it keeps. */
const WARM_AFTER_SECONDS = 60;

/** Counts what clients have seen, and says in the end whether they should have. */
export class Report {
  #kinds = new Map();
  #walks = 0;
  #walkedSessions = 0;
  #rows = [];

  /** What must not have been, in words; empty when all was well. */
  violations = [];

  answered(kind, ms) {
    this.#kind(kind).times.push(ms);
  }

  /** The answer told of a failure of the upstream. */
  upstreamError(kind) {
    this.#kind(kind).upstreamErrors += 1;
  }

  /** The client got no answer, or a wrong one. */
  failed(kind, how) {
    this.#kind(kind).failures += 1;
    this.violations.push(`${kind}: ${how}`);
  }

  walked(sessions) {
    this.#walks += 1;
    this.#walkedSessions += sessions;
  }

  /** @param {readonly (number | string)[]} codes - that processes have ended with, each after it was asked to */
  exits(codes) {
    for (const code of codes) if (code !== 0) this.violations.push(`a gateway ended ${code}`);
  }

  /**
   * @param {{ early: number, late: number }} medians - megabytes
   * @param {number} seconds - that the run has lasted
   */
  memory({ early, late }, seconds) {
    const grown = late > Math.max(early * GROWTH, early + GROWTH_MB);
    const judged = seconds >= WARM_AFTER_SECONDS;
    const note = judged ? '' : ' (it still warms up: not judged)';
    this.#rows.push([
      'memory of the one that stays',
      `${early.toFixed(0)} MB, then ${late.toFixed(0)} MB${note}`,
    ]);
    if (judged && grown)
      this.violations.push(`memory grows from ${early.toFixed(0)} to ${late.toFixed(0)} MB`);
  }

  print({ seconds, restarts, resent }) {
    const table = [...this.#kinds].map(([kind, { times, upstreamErrors, failures }]) => ({
      requests: kind,
      answered: times.length,
      'with an upstream error': upstreamErrors,
      failed: failures,
      'p50 ms': quantile(times, 0.5),
      'p99 ms': quantile(times, 0.99),
    }));
    if (restarts === 0) this.violations.push('nothing was restarted: the run was too short');
    if (this.#walks === 0) this.violations.push('nobody came to the end of a list');
    const rows = [
      ['seconds', seconds.toFixed(0)],
      ['restarts', restarts],
      ['requests that the balancer sent again', resent],
      ['walks, each equal to the list', this.#walks],
      ['sessions walked over', this.#walkedSessions],
      ...this.#rows,
    ];
    console.table(Object.fromEntries(table.map(({ requests, ...row }) => [requests, row])));
    for (const [name, value] of rows) console.log(`${name}: ${value}`);
    for (const violation of new Set(this.violations)) console.log(`VIOLATION ${violation}`);
    console.log(this.violations.length === 0 ? 'soak: passed' : `soak: ${this.violations.length} violations`);
  }

  #kind(kind) {
    let counts = this.#kinds.get(kind);
    if (counts === undefined) {
      counts = { times: [], upstreamErrors: 0, failures: 0 };
      this.#kinds.set(kind, counts);
    }
    return counts;
  }
}

function quantile(values, at) {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length * at)] ?? Number.NaN);
}
