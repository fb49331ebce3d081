import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Closers } from '../../src/util/closers.js';

describe('Closers', () => {
  let closers: Closers;
  let closed: string[];

  beforeEach(() => {
    closers = new Closers();
    closed = [];
  });
  afterEach(() => void vi.useRealTimers());

  const add = (name: string, then: () => void | Promise<void> = () => undefined) =>
    closers.add(() => {
      closed.push(name);
      return then();
    });

  it('closes parts in reverse order, one after the other', async () => {
    let release = () => {};
    add('first');
    add(
      'second',
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    const closing = closers.close();
    expect(closed).toEqual(['second']);
    release();
    await closing;
    expect(closed).toEqual(['second', 'first']);
  });

  it('closes all parts if one fails, and throws the first error', async () => {
    add('first');
    add('second', () => Promise.reject(new Error('second')));
    add('third', () => {
      throw new Error('third');
    });
    await expect(closers.close()).rejects.toThrow('third');
    expect(closed).toEqual(['third', 'second', 'first']);
  });

  it('takes at most two seconds if parts never close', async () => {
    vi.useFakeTimers();
    const never = () => new Promise<void>(() => {});
    add('first', never);
    add('second', never);
    add('third', never);
    const closing = expect(closers.close()).rejects.toThrow('not closed in time');
    await vi.advanceTimersByTimeAsync(2100);
    await closing;
    expect(closed).toEqual(['third', 'second', 'first']);
  });
});
