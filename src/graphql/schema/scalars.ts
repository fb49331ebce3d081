import type { Builder } from './builder.js';

/**
 * Adds the scalars. Both are output only. The decoders have validated the values; a malformed member throws when the
 * scalar calls its `valueOf`, as with GraphQL's own scalars.
 *
 * `extensions.jsonType` tells the fast path which values it may write without calling `serialize`.
 */
export function addScalars(builder: Builder): void {
  builder.scalarType('DateTime', {
    description: 'An instant: ISO 8601 text in UTC with milliseconds, `2026-11-24T07:08:33.000Z`.',
    extensions: { jsonType: 'string' },
    serialize: (instant) => instant.valueOf(),
  });
  builder.scalarType('Long', {
    description:
      'An integer up to 2^53 - 1 (9,007,199,254,740,991), as a JSON number: counts of packets and bytes pass ' +
      'the 2^31 of `Int`.',
    extensions: { jsonType: 'number' },
    serialize: (count) => count.valueOf(),
  });
}
