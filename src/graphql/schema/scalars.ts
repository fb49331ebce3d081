import { GraphQLError, Kind } from 'graphql';
import { readInstant } from '../../resources/instant.js';
import type { Builder } from './builder.js';

/**
 * Adds the scalars. The decoders have validated the values that are written; a malformed member throws when the scalar calls
 * its `valueOf`, as with GraphQL's own scalars.
 *
 * `extensions.jsonType` tells the fast path which values it may write without calling `serialize`.
 */
export function addScalars(builder: Builder): void {
  builder.scalarType('DateTime', {
    description:
      'An instant: ISO 8601 text in UTC with milliseconds, `2026-11-24T07:08:33.000Z`. As an argument also with an offset, or ' +
      'without milliseconds.',
    extensions: { jsonType: 'string' },
    serialize: (instant) => instant.valueOf(),
    parseValue: (value) => {
      const instant = typeof value === 'string' ? readInstant(value) : null;
      if (instant === null) {
        throw new GraphQLError(
          'Expected an ISO 8601 date and time with `Z` or an offset: `2026-11-24T07:08:33Z`.',
        );
      }
      return instant;
    },
  });
  builder.scalarType('Date', {
    description: 'A day: ISO 8601 text, `2026-11-24`.',
    extensions: { jsonType: 'string' },
    serialize: (day) => day.valueOf(),
  });
  builder.scalarType('Long', {
    description:
      'An integer up to 2^53 - 1 (9,007,199,254,740,991), as a JSON number: counts of packets and bytes pass ' +
      'the 2^31 of `Int`.',
    extensions: { jsonType: 'number' },
    serialize: (count) => count.valueOf(),
    parseValue: (value) => {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      throw new GraphQLError(`Expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}.`);
    },
    parseLiteral: (node) => {
      const value = node.kind === Kind.INT ? Number(node.value) : Number.NaN;
      if (Number.isSafeInteger(value) && value >= 0) return value;
      throw new GraphQLError(`Expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}.`, { nodes: node });
    },
  });
}
