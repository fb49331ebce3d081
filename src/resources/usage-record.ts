import type { AnyRecord } from './any-record.js';
import type { ListArguments } from './arguments.js';
import { count, decimal, id, instant, text } from './codecs.js';
import {
  type CollectionDeclaration,
  defineList,
  defineResource,
  type Fields,
  type ResourceDeclaration,
} from './define.js';
import { MalformedMember } from './member.js';
import { listOf, type NestedObject, nestedObject, outputFields } from './nested-object.js';
import type { EnumDeclaration, ObjectDeclaration } from './output-types.js';
import { Sim } from './sim.js';
import type { SummaryDeclaration } from './summary.js';
import { accountUsageCollection, simUsageCollection } from './usage-collections.js';
import {
  isSettled,
  MAX_HOURLY_DAYS,
  RETENTION_MONTHS,
  SETTLED_AFTER_HOURS,
  usageSegments,
} from './usage-period.js';

const granularity: EnumDeclaration = {
  name: 'Granularity',
  description: 'How long the periods of usage records are.',
  values: {
    hourly: 'An hour (UTC).',
    daily: 'A day (UTC).',
    all: 'The whole range: one record.',
  },
};

const dataMembers: Fields = {
  upload: { codec: count, wire: 'upload', description: 'Data that the device sent.' },
  download: { codec: count, wire: 'download', description: 'Data that the device received.' },
  total: { codec: count, wire: 'total', description: 'All data.' },
  units: { codec: text, wire: 'units', description: 'Unit of these numbers, as a rule `bytes`.' },
  billed: {
    codec: decimal,
    wire: 'billed',
    description: 'What is charged for it. The upstream can add it later than the data.',
  },
  billingUnits: { codec: text, wire: 'billing_units', description: 'Unit of `billed`, as a rule `USD`.' },
};

const commandMembers: Fields = {
  fromSim: { codec: count, wire: 'from_sim', description: 'Commands that the SIM sent.' },
  toSim: { codec: count, wire: 'to_sim', description: 'Commands that were sent to the SIM.' },
  total: { codec: count, wire: 'total', description: 'All commands.' },
  billed: { codec: decimal, wire: 'billed', description: 'What is charged for them.' },
  billingUnits: { codec: text, wire: 'billing_units', description: 'Unit of `billed`, as a rule `USD`.' },
};

const countryCode: Fields = {
  countryCode: { codec: text, wire: 'country_code', description: 'Country of the network.' },
};

/** The parts of a usage by where the SIM was. */
function parts(noun: string, prefix: string, members: Fields): Fields {
  const part = nestedObject(`${prefix}Part`, `${noun} in one kind of network.`, members);
  const byCountry = nestedObject(`${prefix}ByCountry`, `${noun} in one foreign country.`, {
    ...countryCode,
    ...members,
  });
  return {
    home: { codec: part, wire: 'home', description: "In the SIM's home network; null if there was none." },
    nationalRoaming: {
      codec: part,
      wire: 'national_roaming',
      description: 'In other networks of the home country; null if there was none.',
    },
    internationalRoaming: {
      codec: listOf(byCountry),
      wire: 'international_roaming',
      description: 'In foreign countries, each by itself.',
    },
  };
}

const members = {
  period: {
    codec: nestedObject('UsagePeriod', 'A period of usage.', {
      start: { codec: instant, wire: 'start', description: 'When it begins, inclusive.' },
      end: { codec: instant, wire: 'end', description: 'When it ends.' },
    }),
    wire: 'period',
    description: 'The period, as the upstream has it.',
  },
  data: {
    codec: nestedObject('DataUsage', 'Data that was used.', {
      ...dataMembers,
      ...parts('Data that was used', 'DataUsage', dataMembers),
    }),
    wire: 'data',
    description: 'Data that was used. Null if the upstream has no value.',
  },
  commands: {
    codec: nestedObject('CommandUsage', 'Commands that were sent.', {
      ...commandMembers,
      ...parts('Commands that were sent', 'CommandUsage', commandMembers),
    }),
    wire: 'commands',
    description: 'Commands that were sent. Null if the upstream has no value.',
  },
} satisfies Fields;

const SETTLED = `Whether the usage is final: its period ended over ${SETTLED_AFTER_HOURS} hours ago.`;

export const UsageRecord: ResourceDeclaration = defineResource({
  name: 'UsageRecord',
  noun: 'a usage record',
  description:
    `What a SIM or the account used in a period. The upstream shows usage up to 24 hours late, changes it for ` +
    `${SETTLED_AFTER_HOURS} hours, and keeps it for ${RETENTION_MONTHS} months.`,
  idDescription:
    'Stable identifier for client caches: the SIM or account, the granularity and the period. Not refetchable.',
  single: null,
  // Within one list; `idScope` has the SIM or account.
  identity: ['period.start'],
  fields: {
    simSid: {
      codec: id,
      wire: 'sim_sid',
      description: "SID of the SIM (`DE…`); null in the account's records.",
    },
    accountSid: { codec: id, wire: 'account_sid', description: 'SID of the account (`AC…`).' },
    ...members,
  },
  derived: {
    settled: {
      type: 'Boolean',
      nonNull: true,
      description: SETTLED,
      from: ['period'],
      compute: (period: NestedObject | null, now: number) => isSettled(endOf(period), now),
    },
  },
  argumentFields: { granularity: { type: granularity, description: 'How long the period is.' } },
});

const usage: ObjectDeclaration = {
  name: 'Usage',
  description: 'What a SIM or the account used in a range of time.',
  fields: {
    ...outputFields(members),
    settled: { type: 'Boolean', nullable: false, description: SETTLED },
  },
};

/** The `usage` of a SIM or of the account: the record of the whole range. */
function usageOf(whose: string): SummaryDeclaration {
  return {
    field: 'usage',
    description:
      `What ${whose} used in a range of time: one upstream request. Null if the upstream has no record of it. ` +
      'Usage is up to 24 hours late.',
    type: usage,
    arguments: {},
    filtered: false,
    fixed: { granularity: 'all' },
    reads: 1,
    start() {
      let first: AnyRecord | null = null;
      return {
        add(record) {
          first = record;
          return false;
        },
        finish({ now }) {
          if (first === null) return null;
          const { period, data, commands } = first;
          return { period, data, commands, settled: isSettled(endOf(period), now) };
        },
      };
    },
  };
}

/** End of a period; `null` if it is unknown. */
function endOf(period: unknown): string | null {
  if (typeof period !== 'object' || period === null || period instanceof MalformedMember) return null;
  const { end } = period as NestedObject;
  return typeof end === 'string' ? end : null;
}

/** What tells the records of one list from those of others with the same period. */
function idScope(
  parentSid: string,
  { granularity: length = '', start = '', end = '' }: ListArguments,
  { period, accountSid }: AnyRecord,
  segment: string,
): string {
  const whose = parentSid === '' && typeof accountSid === 'string' ? accountSid : parentSid;
  // The end of a record of the whole range moves while the range is in progress; records without a period need the
  // range, and are numbered in each request.
  const last = endOf(period);
  return [whose, length, ...(last === null ? [start, end, segment] : length === 'all' ? [last] : [])].join(
    '.',
  );
}

const RANGE = 'Half-open: a period belongs to the range in which it begins.';

function lists(whose: string, collection: CollectionDeclaration) {
  return {
    field: 'usageRecords',
    typeName: 'UsageRecord',
    resource: UsageRecord,
    collection,
    arguments: {
      start: {
        type: 'DateTime',
        filter: 'Start',
        required: true,
        description: `Start of the range, inclusive, at most ${RETENTION_MONTHS} months ago.`,
      },
      end: {
        type: 'DateTime',
        filter: 'End',
        required: true,
        description: `End of the range, exclusive. ${RANGE}`,
      },
      granularity: {
        type: granularity,
        filter: 'Granularity',
        required: true,
        default: 'daily',
        description: 'How long the periods are.',
      },
    },
    segments: usageSegments,
    idScope,
    noun: `${whose}'s usage records`,
    description:
      `What ${whose} used in each period of a range, in upstream order, the latest part of a long range first. Every ` +
      `${MAX_HOURLY_DAYS} days by the hour, and every three months by the day, take an upstream request.`,
    connectionDescription: 'A window of usage records.',
    edgeDescription: 'A usage record at its place in the list.',
    summaries: [usageOf(whose)],
    pageBudget: 25,
    cacheBytes: 4 * 1024 * 1024,
  } as const;
}

export const simUsageRecords = defineList({ ...lists('the SIM', simUsageCollection), parent: Sim });

export const usageRecords = defineList({ ...lists('the account', accountUsageCollection), parent: null });
