import type { AnyRecord } from './any-record.js';
import { InvalidArgumentError } from './arguments.js';
import type { FilterDeclaration, Matches } from './filter.js';
import { durationSeconds, hasTraffic, isOpen, textOf } from './session-facts.js';

interface TimeRange {
  readonly from: string;
  readonly to: string;
}

function oneOfTexts(member: string): (values: readonly string[]) => Matches {
  return (values) => {
    const wanted: ReadonlySet<unknown> = new Set(values);
    return (record) => wanted.has(record[member]);
  };
}

/** A record whose member is unknown or malformed is not let through by a field that asks for it. */
function byInstant(member: string, test: (instant: string) => boolean): Matches {
  return (record) => {
    const instant = textOf(record, member);
    return instant !== null && test(instant);
  };
}

function overlaps({ from, to }: TimeRange): Matches {
  checkOrder('overlaps.from', from, 'overlaps.to', to);
  return (record) => {
    const start = textOf(record, 'start');
    if (start === null || start >= to) return false;
    if (isOpen(record)) return true;
    const end = textOf(record, 'end');
    return end !== null && end > from;
  };
}

function byState(active: boolean): Matches {
  return (record) => (active ? isOpen(record) : textOf(record, 'end') !== null);
}

function atLeast(seconds: number): Matches {
  return (record: AnyRecord) => {
    const duration = durationSeconds(record);
    return duration !== null && duration >= seconds;
  };
}

function checkOrder(first: string, from: string, second: string, to: string): void {
  if (from >= to) {
    throw new InvalidArgumentError(
      `\`filter.${first}\` is ${from}: expected a time before \`${second}\`, ${to}`,
    );
  }
}

const values = (description: string, member: string) =>
  ({ type: 'String', list: true, description, matching: oneOfTexts(member) }) as const;

/** What data sessions can be filtered by. */
export const dataSessionFilter: FilterDeclaration = {
  name: 'DataSessionFilter',
  description:
    'Which sessions are returned. The gateway evaluates it while it reads the list in pages of 1,000. All fields have to ' +
    'match, and any value of a list. A session whose member is unknown matches no field that asks for it.',
  fields: {
    overlaps: {
      type: {
        name: 'TimeRange',
        description: 'A range of time, half-open: `from` ≤ t < `to`.',
        fields: {
          from: { type: 'DateTime', required: true, description: 'Start of the range, inclusive.' },
          to: { type: 'DateTime', required: true, description: 'End of the range, exclusive.' },
        },
      },
      description: 'Sessions that were open at some time in the range. An open session has no end yet.',
      matching: overlaps,
    },
    startedAfter: {
      type: 'DateTime',
      description: 'Sessions that began at this time or later.',
      matching: (after: string) => byInstant('start', (start) => start >= after),
    },
    startedBefore: {
      type: 'DateTime',
      description: 'Sessions that began before this time.',
      matching: (before: string) => byInstant('start', (start) => start < before),
    },
    active: {
      type: 'Boolean',
      description: 'True: sessions that are open. False: sessions that have ended.',
      matching: byState,
    },
    operatorCountry: values('Countries of the network, three letters each: `USA`.', 'operatorCountry'),
    operatorMcc: values('Mobile country codes of the network.', 'operatorMcc'),
    operatorMnc: values('Mobile network codes of the network.', 'operatorMnc'),
    radioLink: values('Generations of the radio link: `LTE`, `3G`, ….', 'radioLink'),
    minDurationSeconds: {
      type: 'Long',
      description:
        'Sessions that lasted at least so many seconds. The duration of an open session ends at its `lastUpdated`.',
      matching: atLeast,
    },
    hasTraffic: {
      type: 'Boolean',
      description: 'Whether packets were sent or received. An unknown number of packets counts as 0.',
      matching: (wanted: boolean) => (record) => hasTraffic(record) === wanted,
    },
  },
  check({ startedAfter, startedBefore }) {
    if (typeof startedAfter === 'string' && typeof startedBefore === 'string') {
      checkOrder('startedAfter', startedAfter, 'startedBefore', startedBefore);
    }
  },
};
