import { describe, expect, it } from 'vitest';
import { ENTRY_OVERHEAD, LruCache } from '../../src/util/lru-cache.js';

/** Capacity of two entries of ten characters. */
const ROOM = 2 * ENTRY_OVERHEAD + 10;

const newCache = () => new LruCache<string>(ROOM, (key) => key.length);

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

  it('removes the least recently used entries when an entry grows, and the entry if it is too large', () => {
    const cache = newCache();
    cache.set('aaaa', 'A');
    cache.set('bbbb', 'B');
    cache.grow('bbbb', 4);
    expect(['aaaa', 'bbbb'].map((key) => cache.get(key))).toEqual([undefined, 'B']);
    cache.grow('bbbb', ROOM);
    cache.grow('unknown', ROOM);
    expect(cache.get('bbbb')).toBeUndefined();
    for (const key of ['cccc', 'dddd']) cache.set(key, key);
    expect(['cccc', 'dddd'].map((key) => cache.get(key))).toEqual(['cccc', 'dddd']);
  });
});
