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

describe('PageSizes', () => {
  it('remembers the largest accepted size of a list for five minutes', () => {
    sizes.rememberLargest('a', 250);
    now += 5 * MINUTE - 1;
    expect(sizes.of('a')).toEqual({ largest: 250, retrySmaller: true });
    expect(sizes.of('b')).toEqual(UNKNOWN);
    now += 1;
    expect(sizes.of('a')).toEqual(UNKNOWN);
  });

  it('does not retry smaller sizes for a minute after all of them were rejected', () => {
    sizes.rememberRejection('a');
    now += MINUTE - 1;
    expect(sizes.of('a')).toEqual({ largest: 1000, retrySmaller: false });
    now += 1;
    expect(sizes.of('a')).toEqual(UNKNOWN);
  });

  it('remembers the thousand lists that were used last', () => {
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
