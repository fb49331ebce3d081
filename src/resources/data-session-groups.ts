import type { AnyRecord } from './any-record.js';
import { type GivenArguments, InvalidArgumentError } from './arguments.js';
import { precision, precisionOf } from './count.js';
import type { Instant } from './instant.js';
import type { EnumDeclaration, ObjectDeclaration } from './output-types.js';
import { durationSeconds, hasTraffic, isOpen, numberOf, textOf } from './session-facts.js';
import { Sum } from './sum.js';
import type { Accumulator, SummaryDeclaration, SummaryEnd } from './summary.js';
import { TimeZone } from './time-zone.js';

const dimension: EnumDeclaration = {
  name: 'DataSessionDimension',
  description: 'What sessions are grouped by.',
  values: {
    day: 'The day on which the session began, in the time zone.',
    hour: 'The hour in which the session began, in the time zone.',
    operator: 'The network: fills `operatorName`, `operatorMcc` and `operatorMnc`.',
    country: 'The country of the network.',
    radio_link: 'The generation of the radio link.',
  },
};

const text = (description: string) => ({ type: 'String', nullable: true, description }) as const;
const sum = (description: string) => ({ type: 'Long', nullable: false, description }) as const;

const dimensions: ObjectDeclaration = {
  name: 'DataSessionDimensions',
  description:
    'What the sessions of a group have in common. Null: not a dimension of these groups, or unknown for these sessions.',
  fields: {
    day: {
      type: 'Date',
      nullable: true,
      description: 'The day on which the sessions began, in the time zone.',
    },
    hour: {
      type: 'DateTime',
      nullable: true,
      description: 'When the hour began in which the sessions began, by the clocks of the time zone.',
    },
    operatorName: text('Name of the network.'),
    operatorCountry: text('Country of the network.'),
    operatorMcc: text('Mobile country code of the network.'),
    operatorMnc: text('Mobile network code of the network.'),
    radioLink: text('Generation of the radio link.'),
  },
};

const groups: ObjectDeclaration = {
  name: 'DataSessionGroups',
  description: 'Data sessions in groups, with sums for each.',
  fields: {
    groups: {
      type: {
        name: 'DataSessionGroup',
        description: 'Data sessions with the same dimensions.',
        fields: {
          dimensions: { type: dimensions, nullable: false, description: 'What they have in common.' },
          count: sum('How many there are.'),
          openCount: sum('How many of them are open.'),
          zeroPacketCount: sum('In how many of them no packet was sent or received.'),
          packetsUploaded: sum('Packets that the device sent, without those of sessions that do not tell.'),
          packetsDownloaded: sum(
            'Packets that the device received, without those of sessions that do not tell.',
          ),
          durationSeconds: sum(
            'Seconds that they lasted. The duration of an open session ends at its `lastUpdated`.',
          ),
          firstStart: { type: 'DateTime', nullable: true, description: 'When the first of them began.' },
          lastUpdated: {
            type: 'DateTime',
            nullable: true,
            description: 'When the upstream last brought one of them up to date.',
          },
        },
      },
      list: true,
      nullable: false,
      description: 'The groups, ordered by their dimensions in the order of `by`; unknown ones last.',
    },
    precision: {
      type: precision,
      nullable: false,
      description: 'Whether all sessions are in the groups.',
    },
    asOf: { type: 'DateTime', nullable: false, description: 'When the oldest of the pages was requested.' },
  },
};

/** A member of `DataSessionDimensions`, and its value for a session. */
type Dimension = readonly [name: string, read: (record: AnyRecord) => string | null];

const member = (name: string): Dimension => [name, (record) => textOf(record, name)];

function ofStart(name: string, read: (start: Instant) => string): Dimension {
  return [
    name,
    (record) => {
      const start = textOf(record, 'start');
      return start === null ? null : read(start);
    },
  ];
}

function dimensionsOf(by: readonly string[], zone: TimeZone): readonly Dimension[] {
  const members: Readonly<Record<string, readonly Dimension[]>> = {
    day: [ofStart('day', (start) => zone.dayOf(start))],
    hour: [ofStart('hour', (start) => zone.hourOf(start))],
    operator: ['operatorName', 'operatorMcc', 'operatorMnc'].map(member),
    country: [member('operatorCountry')],
    radio_link: [member('radioLink')],
  };
  return [...new Set(by)].flatMap((name) => members[name] ?? []);
}

/** The sums of one group. */
class Group {
  readonly values: readonly (string | null)[];
  count = 0;
  openCount = 0;
  zeroPacketCount = 0;
  readonly #uploaded = new Sum();
  readonly #downloaded = new Sum();
  readonly #seconds = new Sum();
  firstStart: Instant | null = null;
  lastUpdated: Instant | null = null;

  constructor(values: readonly (string | null)[]) {
    this.values = values;
  }

  add(record: AnyRecord): void {
    this.count += 1;
    if (isOpen(record)) this.openCount += 1;
    if (!hasTraffic(record)) this.zeroPacketCount += 1;
    this.#uploaded.add(numberOf(record, 'packetsUploaded'));
    this.#downloaded.add(numberOf(record, 'packetsDownloaded'));
    this.#seconds.add(durationSeconds(record) ?? 0);
    const [start, updated] = [textOf(record, 'start'), textOf(record, 'lastUpdated')];
    if (start !== null && (this.firstStart === null || start < this.firstStart)) this.firstStart = start;
    if (updated !== null && (this.lastUpdated === null || updated > this.lastUpdated))
      this.lastUpdated = updated;
  }

  /** The group as the fields of its type. */
  output(names: readonly string[]): object {
    const { count, openCount, zeroPacketCount, firstStart, lastUpdated } = this;
    return {
      dimensions: Object.fromEntries(names.map((name, index) => [name, this.values[index]])),
      count,
      openCount,
      zeroPacketCount,
      packetsUploaded: this.#uploaded.value,
      packetsDownloaded: this.#downloaded.value,
      durationSeconds: this.#seconds.value,
      firstStart,
      lastUpdated,
    };
  }
}

/** Text that no value of a dimension contains, between the values of a key. */
const SEPARATOR = '\u0000';
/** Stands for an unknown value in a key. */
const UNKNOWN = '\u0001';

class GroupAccumulator implements Accumulator {
  readonly #dimensions: readonly Dimension[];
  readonly #groups = new Map<string, Group>();

  constructor(dimensions: readonly Dimension[]) {
    this.#dimensions = dimensions;
  }

  add(record: AnyRecord): boolean {
    const values: (string | null)[] = [];
    let key = '';
    for (const [, read] of this.#dimensions) {
      const value = read(record);
      values.push(value);
      key += (value ?? UNKNOWN) + SEPARATOR;
    }
    let found = this.#groups.get(key);
    if (found === undefined) {
      found = new Group(values);
      this.#groups.set(key, found);
    }
    found.add(record);
    return true;
  }

  finish({ complete, asOf }: SummaryEnd): object {
    const names = this.#dimensions.map(([name]) => name);
    const ordered = [...this.#groups.values()].sort((a, b) => compare(a.values, b.values));
    return {
      groups: ordered.map((found) => found.output(names)),
      precision: precisionOf(complete),
      asOf,
    };
  }
}

function compare(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? null;
    if (left === right) continue;
    if (left === null || right === null) return left === null ? 1 : -1;
    return left < right ? -1 : 1;
  }
  return 0;
}

/** The sessions of a SIM in groups. */
export const dataSessionGroups: SummaryDeclaration = {
  field: 'dataSessionGroups',
  description:
    "The SIM's data sessions in groups. The gateway reads the list in pages of 1,000; counts, groups and filtered windows " +
    'of a SIM in one operation share the pages.',
  type: groups,
  arguments: {
    by: { type: dimension, list: true, required: true, description: 'What the sessions are grouped by.' },
    timeZone: {
      type: 'String',
      required: true,
      default: 'UTC',
      description: 'IANA name of the time zone of days and hours: `Europe/Berlin`.',
    },
  },
  filtered: true,
  reads: 'all',
  start(given: GivenArguments) {
    const { by, timeZone } = given as { readonly by: readonly string[]; readonly timeZone: string };
    if (by.length === 0) throw new InvalidArgumentError('`by` is empty: expected at least one dimension');
    return new GroupAccumulator(dimensionsOf(by, new TimeZone(timeZone)));
  },
};
