import type { CollectionDeclaration } from './define.js';

/*
 * Usage is filtered by a period, not by members of the records: `Start` and `End` are both inclusive, and `Granularity`
 * says how long the periods of the records are. The account's collection has no documented defaults, so all three are sent.
 */
const period = { envelopeKey: 'usage_records', query: ['Start', 'End', 'Granularity'] } as const;

/** The usage of a SIM. */
export const simUsageCollection: CollectionDeclaration = {
  path: '/v1/Sims/{parent}/UsageRecords',
  ...period,
};

/** The usage of the account. */
export const accountUsageCollection: CollectionDeclaration = { path: '/v1/UsageRecords', ...period };
