import { builder } from './builder.js';

// `plain` tells compiled operations which values they may write as they are.
// Both are only ever answered. The decoder has checked and written their values already; what it found malformed
// throws when it is asked for its value, as it does in GraphQL's own scalars.

builder.scalarType('DateTime', {
  description: 'An instant: ISO 8601 text in UTC with milliseconds, `2026-11-24T07:08:33.000Z`.',
  extensions: { plain: 'string' },
  serialize: (instant) => instant.valueOf(),
});

builder.scalarType('Long', {
  description:
    'An integer up to 2^53 - 1 (9,007,199,254,740,991), as a JSON number: counts of packets and bytes pass ' +
    'the 2^31 of `Int`.',
  extensions: { plain: 'number' },
  serialize: (count) => count.valueOf(),
});
