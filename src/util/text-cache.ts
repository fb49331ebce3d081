import { LRUCache } from 'lru-cache';

/** What an entry takes beside its characters, in characters: without it, short texts could be any number. */
export const ENTRY_OVERHEAD = 200;

/**
 * Least recently used cache that is limited in characters: clients can send any number of long texts.
 *
 * @param maxSize - characters that all entries together may have, `ENTRY_OVERHEAD` for each included
 * @param charactersOf - characters that an entry has when it is set
 */
export function textCache<V extends object | string>(
  maxSize: number,
  charactersOf: (key: string, value: V) => number,
): LRUCache<string, V> {
  return new LRUCache({
    maxSize,
    sizeCalculation: (value, key) => charactersOf(key, value) + ENTRY_OVERHEAD,
  });
}
