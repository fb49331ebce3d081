import { describe, expect, it } from 'vitest';
import { ENTRY_OVERHEAD, textCache } from '../../src/util/text-cache.js';

/** Capacity of two entries of ten characters. */
const ROOM = 2 * ENTRY_OVERHEAD + 10;

const newCache = () => textCache<string>(ROOM, (key) => key.length);

describe('LruCache', () => {
  it('removes the least recently used entries above its capacity', () => {
    const cache = newCache();
    cache.set('aaaa', 'A');
    cache.set('bbbb', 'B');
    expect(cache.get('aaaa')).toBe('A');
    cache.set('cccc', 'C');
    expect(['aaaa', 'bbbb', 'cccc'].map((key) => cache.get(key))).toEqual(['A', undefined, 'C']);
  });

  it('ignores an entry larger than its capacity', () => {
    const cache = newCache();
    cache.set('aaaa', 'A');
    cache.set('x'.repeat(ROOM), 'X');
    expect(cache.get('aaaa')).toBe('A');
    expect(cache.get('x'.repeat(ROOM))).toBeUndefined();
  });

  it('counts a constant overhead for each entry, so that short entries are limited too', () => {
    const cache = newCache();
    for (const key of ['a', 'b', 'c']) cache.set(key, key);
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([undefined, 'b', 'c']);
  });

  it('counts an entry once if it is set again', () => {
    const cache = newCache();
    for (let round = 0; round < 5; round += 1) cache.set('aaaa', 'A');
    cache.set('bbbb', 'B');
    expect(cache.get('aaaa')).toBe('A');
  });
});
