import { describe, expect, it } from 'vitest';
import { LruCache } from '../../src/util/lru-cache.js';

const newCache = () => new LruCache<string>(10, (key) => key.length);

describe('a cache of what was used last', () => {
  it('has room for so many characters, and drops what was not used for longest', () => {
    const cache = newCache();
    cache.set('aaaa', 'A');
    cache.set('bbbb', 'B');
    expect(cache.get('aaaa')).toBe('A');
    cache.set('cccc', 'C');
    expect(['aaaa', 'bbbb', 'cccc'].map((key) => cache.get(key))).toEqual(['A', undefined, 'C']);
  });

  it('does not give everything else up for what has no room at all', () => {
    const cache = newCache();
    cache.set('aaaa', 'A');
    cache.set('x'.repeat(11), 'X');
    expect(cache.get('aaaa')).toBe('A');
    expect(cache.get('x'.repeat(11))).toBeUndefined();
  });

  it('counts an entry once, however often it is set', () => {
    const cache = newCache();
    for (let round = 0; round < 5; round += 1) cache.set('aaaa', 'A');
    cache.set('bbbb', 'B');
    expect(cache.get('aaaa')).toBe('A');
  });
});
