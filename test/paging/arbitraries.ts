import fc from 'fast-check';

const from = (length: number, identity: (at: number) => string) =>
  Array.from({ length }, (_, at) => identity(at));

/** Identities that are all different. */
export const distinct = (maxLength: number) =>
  fc.nat(maxLength).map((length) => from(length, (at) => `record ${at}`));

/** Identities that repeat, in the shapes that records without a sid may come in. */
export const twins = (maxLength: number) =>
  fc.oneof(
    // Anywhere, from nearly all alike to nearly all different.
    fc
      .integer({ min: 1, max: 40 })
      .chain((kinds) =>
        fc.array(fc.integer({ min: 1, max: kinds }).map(String), { maxLength: Math.min(maxLength, 200) }),
      ),
    // Neighbours alike, so that they meet at the borders of pages.
    fc
      .tuple(fc.nat(maxLength), fc.integer({ min: 2, max: 60 }))
      .map(([length, run]) => from(length, (at) => `run ${Math.floor(at / run)}`)),
    // The same sequence over and over.
    fc
      .tuple(fc.nat(maxLength), fc.integer({ min: 1, max: 60 }))
      .map(([length, period]) => from(length, (at) => `step ${at % period}`)),
  );

/** Window sizes, small ones more often. */
export const sizes = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1000 }));

/** How many records arrive between two requests: now and then more than a page. */
export const arrivals = fc.oneof(
  { weight: 10, arbitrary: fc.nat(30) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1200 }) },
);
