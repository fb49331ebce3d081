import type { Assumptions } from './assumptions.js';
import { Random } from './random.js';

/** Puts records, the newest first, into the order of the API. @param seed - of a shuffle */
export function ordered<R>(records: readonly R[], order: Assumptions['order'], seed: string): readonly R[] {
  if (order === 'newest-first') return records;
  if (order === 'oldest-first') return records.toReversed();
  const random = new Random(`order ${seed}`);
  const shuffled = [...records];
  for (let index = shuffled.length - 1; index > 0; index -= 1) {
    const other = random.int(0, index);
    [shuffled[index], shuffled[other]] = [shuffled[other] as R, shuffled[index] as R];
  }
  return shuffled;
}
