import { builder } from './builder.js';

// Both are only ever answered, and the decoder has checked and written their values already.

builder.scalarType('DateTime', {
  description: 'An instant: ISO 8601 text in UTC with milliseconds, `2026-11-24T07:08:33.000Z`.',
  serialize: (instant) => instant,
});

builder.scalarType('Long', {
  description:
    'An integer up to 2^53 - 1 (9,007,199,254,740,991), as a JSON number: counts of packets and bytes pass ' +
    'the 2^31 of `Int`.',
  serialize: (count) => count,
});
