import { describe, expect, it } from 'vitest';
import { ENTRY_OVERHEAD, textCache } from '../../src/util/text-cache.js';

/** For two entries of ten characters together. */
const ROOM = 2 * ENTRY_OVERHEAD + 10;

const newCache = () => textCache<string>(ROOM, (key) => key.length);

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
    cache.set('x'.repeat(ROOM), 'X');
    expect(cache.get('aaaa')).toBe('A');
    expect(cache.get('x'.repeat(ROOM))).toBeUndefined();
  });

  it('counts what an entry takes beside its characters, so that short ones have a limit too', () => {
    const cache = newCache();
    for (const key of ['a', 'b', 'c']) cache.set(key, key);
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([undefined, 'b', 'c']);
  });

  it('counts an entry once, however often it is set', () => {
    const cache = newCache();
    for (let round = 0; round < 5; round += 1) cache.set('aaaa', 'A');
    cache.set('bbbb', 'B');
    expect(cache.get('aaaa')).toBe('A');
  });
});
