import { LRUCache } from 'lru-cache';

/** Characters that an entry counts in addition to its own: otherwise the number of short texts would not be bounded. */
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
