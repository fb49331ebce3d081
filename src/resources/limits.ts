import { RETENTION_DAYS as COMMAND_DAYS } from './command.js';
import { RETENTION_DAYS as SESSION_DAYS } from './data-session.js';
import type { ConstantDeclaration } from './define.js';
import type { ObjectDeclaration, OutputField } from './output-types.js';
import { MAX_DAILY_MONTHS, MAX_HOURLY_DAYS, RETENTION_MONTHS, SETTLED_AFTER_HOURS } from './usage-period.js';

const limit = (description: string) => ({ type: 'Long', nullable: false, description }) as const;

const object = (name: string, description: string, fields: ObjectDeclaration['fields']): OutputField => ({
  type: { name, description, fields },
  nullable: false,
  description,
});

const type: ObjectDeclaration = {
  name: 'Limits',
  description: 'What the upstream keeps, and for how long: how far back a date picker can go.',
  fields: {
    dataSessions: object('DataSessionLimits', 'Limits of data sessions.', {
      retentionDays: limit('How many days the upstream keeps a data session, at most.'),
    }),
    usageRecords: object('UsageRecordLimits', 'Limits of usage.', {
      retentionMonths: limit('How many months the upstream keeps usage.'),
      maxHourlyDays: limit('How many days by the hour one upstream request returns.'),
      maxDailyMonths: limit('How many months by the day one upstream request returns.'),
      settledAfterHours: limit('How many hours after its end the usage of a period is final.'),
    }),
    commands: object('CommandLimits', 'Limits of commands.', {
      retentionDays: limit('How many days the upstream keeps a command.'),
    }),
  },
};

/** What the upstream keeps, and for how long. */
export const limits: ConstantDeclaration = {
  field: 'limits',
  description: 'What the upstream keeps, and for how long. Takes no upstream request.',
  type,
  value: {
    dataSessions: { retentionDays: SESSION_DAYS },
    usageRecords: {
      retentionMonths: RETENTION_MONTHS,
      maxHourlyDays: MAX_HOURLY_DAYS,
      maxDailyMonths: MAX_DAILY_MONTHS,
      settledAfterHours: SETTLED_AFTER_HOURS,
    },
    commands: { retentionDays: COMMAND_DAYS },
  },
};
