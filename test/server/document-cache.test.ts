import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DocumentCache } from '../../src/server/document-cache.js';

const document = parse('{ a }');

describe('the cache of parsed documents', () => {
  it('keeps those that were used last, up to so many characters', () => {
    const cache = new DocumentCache(10);
    cache.set('aaaa', document);
    cache.set('bbbb', document);
    expect(cache.get('aaaa')).toBe(document);
    cache.set('cccc', document);
    expect(['aaaa', 'bbbb', 'cccc'].map((text) => cache.get(text) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('does not give everything else up for a document that has no room at all', () => {
    const cache = new DocumentCache(10);
    cache.set('aaaa', document);
    cache.set('x'.repeat(11), document);
    expect(cache.get('aaaa')).toBe(document);
    expect(cache.get('x'.repeat(11))).toBeUndefined();
  });

  it('counts a document once, however often it is set', () => {
    const cache = new DocumentCache(10);
    for (let round = 0; round < 5; round += 1) cache.set('aaaa', document);
    cache.set('bbbb', document);
    expect(cache.get('aaaa')).toBe(document);
  });
});
