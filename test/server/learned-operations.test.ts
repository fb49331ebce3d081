import { expect, it } from 'vitest';
import { LearnedOperations } from '../../src/server/learned-operations.js';

it('keeps the documents that were asked for last, within its room', () => {
  const learned = new LearnedOperations(10);
  learned.set('a', 'aaaa');
  learned.set('b', 'bbbb');
  expect(learned.get('a')).toBe('aaaa');
  learned.set('c', 'cccc');
  expect([learned.get('a'), learned.get('b'), learned.get('c')]).toEqual(['aaaa', undefined, 'cccc']);
});

it('keeps nothing that is larger than its room, and counts nothing twice', () => {
  const learned = new LearnedOperations(10);
  learned.set('a', 'aaaaa');
  for (let turn = 0; turn < 3; turn += 1) learned.set('b', 'bbbbb');
  learned.set('large', 'x'.repeat(11));
  expect([learned.get('a'), learned.get('b'), learned.get('large')]).toEqual(['aaaaa', 'bbbbb', undefined]);
});
