import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLE_MS = 500;
const MEGABYTE = 1024 * 1024;

/** Memory of a process that stays up, as its own metrics tell it. */
export class Memory {
  #url;
  #samples = [];

  constructor(url) {
    this.#url = url;
  }

  /** Takes samples until the end. */
  async watch(signal) {
    while (!signal.aborted) {
      const text = await fetch(`${this.#url}/metrics`).then((response) => response.text());
      const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(text) ?? [];
      this.#samples.push(Number(bytes) / MEGABYTE);
      await sleep(SAMPLE_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Megabytes in the second and in the last quarter of the run; in the first a process still warms up. */
  medians() {
    const quarter = Math.floor(this.#samples.length / 4);
    return {
      early: median(this.#samples.slice(quarter, quarter * 2)),
      late: median(this.#samples.slice(-quarter)),
    };
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
