import fc from 'fast-check';

const from = (length: number, identity: (at: number) => string) =>
  Array.from({ length }, (_, at) => identity(at));

/** Distinct identities. */
export const distinct = (maxLength: number) =>
  fc.nat(maxLength).map((length) => from(length, (at) => `record ${at}`));

/** Identities with duplicates, as records without a SID can have. */
export const duplicates = (maxLength: number) =>
  fc.oneof(
    // Duplicates anywhere, from almost equal to almost distinct lists.
    fc
      .integer({ min: 1, max: 40 })
      .chain((kinds) =>
        fc.array(fc.integer({ min: 1, max: kinds }).map(String), { maxLength: Math.min(maxLength, 200) }),
      ),
    // Runs of duplicates, so that runs cross page boundaries.
    fc
      .tuple(fc.nat(maxLength), fc.integer({ min: 2, max: 60 }))
      .map(([length, run]) => from(length, (at) => `run ${Math.floor(at / run)}`)),
    // A periodic sequence.
    fc
      .tuple(fc.nat(maxLength), fc.integer({ min: 1, max: 60 }))
      .map(([length, period]) => from(length, (at) => `step ${at % period}`)),
  );

/** Window sizes, with a bias towards small ones. */
export const sizes = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1000 }));

/** Number of records that arrive between two requests; rarely more than a page. */
export const arrivals = fc.oneof(
  { weight: 10, arbitrary: fc.nat(30) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1200 }) },
);
