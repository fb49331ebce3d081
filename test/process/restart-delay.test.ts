import { describe, expect, it } from 'vitest';
import { RestartDelay } from '../../src/workers/restart-delay.js';

describe('the delay before a worker is replaced', () => {
  it('is doubled while workers end within a minute, up to 30 seconds', () => {
    const delay = new RestartDelay();
    const delays = Array.from({ length: 11 }, () => delay.after(1000));
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('is the shortest one after a worker that has run for a minute', () => {
    const delay = new RestartDelay();
    for (let n = 0; n < 5; n += 1) delay.after(0);
    expect(delay.after(60_000)).toBe(100);
  });
});
