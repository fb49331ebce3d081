import { beforeEach, describe, expect, it } from 'vitest';
import { PageSizes } from '../../src/connections/page-sizes.js';

const MINUTE = 60_000;
const UNKNOWN = { largest: 1000, retrySmaller: true };

let now: number;
let sizes: PageSizes;
beforeEach(() => {
  now = 5;
  sizes = new PageSizes(() => now);
});

describe('the page sizes of a list', () => {
  it('are remembered for five minutes, for that list alone', () => {
    sizes.rememberLargest('a', 250);
    now += 5 * MINUTE - 1;
    expect(sizes.of('a')).toEqual({ largest: 250, retrySmaller: true });
    expect(sizes.of('b')).toEqual(UNKNOWN);
    now += 1;
    expect(sizes.of('a')).toEqual(UNKNOWN);
  });

  it('are not tried one by one for a minute after all of them have been refused', () => {
    sizes.rememberRejection('a');
    now += MINUTE - 1;
    expect(sizes.of('a')).toEqual({ largest: 1000, retrySmaller: false });
    now += 1;
    expect(sizes.of('a')).toEqual(UNKNOWN);
  });

  it('are remembered of the thousand lists that were learned last', () => {
    for (let list = 0; list <= 1000; list += 1) {
      sizes.rememberLargest(String(list), 100);
      sizes.rememberLargest('1', 50);
    }
    expect(sizes.of('1').largest).toBe(50);
    expect(sizes.of('1000').largest).toBe(100);
    expect(sizes.of('2').largest).toBe(100);
    expect(sizes.of('0')).toEqual(UNKNOWN);
  });
});
