/**
 * What no document says about the real API: a switch for each, so that clients can be tested with either answer.
 */
export interface Assumptions {
  /** The order in which lists come. Records that arrive later are at the head, or at the end of `oldest-first`. */
  readonly order: 'newest-first' | 'oldest-first' | 'shuffled';
  /**
   * `enforced`: ranges of usage have to begin at a period (UTC) and to end at one, or a second before; and they are limited
   * in length and age as those of the vendor's sibling API are. `any`: all ranges are accepted.
   */
  readonly usageRanges: 'enforced' | 'any';
  /** How a period without usage comes: with zeros, not at all, or with `{}` in place of the usage. */
  readonly emptyBuckets: 'zero' | 'omitted' | 'braces';
  /** Whether the account's usage may be requested without a range: with 400, or with the defaults of a SIM's usage. */
  readonly accountUsageDefaults: 'refused' | 'vendor';
  /** Hours for which a period has no `billed` amount yet. */
  readonly billedLagHours: number;
  /** Whether the filter `Iccid` also takes the beginning of an ICCID. */
  readonly iccidMatch: 'exact' | 'prefix';
  /** Whether SIMs can be filtered by the status `deleted`, which only KORE's records have. */
  readonly deletedFilter: 'refused' | 'honoured';
  /** What happens to a `PageSize` above 1,000. */
  readonly largePages: 'clipped' | 'refused';
  /** Whether sessions and commands older than 30 days are gone. */
  readonly retention: 'enforced' | 'none';
  /** Whether a page token is for the page size alone that it was given with. */
  readonly tokenSize: 'bound' | 'free';
}

export const ASSUMPTIONS: Assumptions = {
  order: 'newest-first',
  usageRanges: 'enforced',
  emptyBuckets: 'zero',
  accountUsageDefaults: 'refused',
  billedLagHours: 0,
  iccidMatch: 'exact',
  deletedFilter: 'refused',
  largePages: 'clipped',
  retention: 'enforced',
  tokenSize: 'bound',
};
