import { count, flag, id, instant, oneOf, text, texts } from './codecs.js';
import {
  type CollectionDeclaration,
  defineList,
  defineResource,
  type RelationDeclaration,
} from './define.js';
import { byUniqueName } from './lookups.js';
import { Sim, simCollection, simLists, simStatus } from './sim.js';

const dataLimitStrategy = oneOf(
  'DataLimitStrategy',
  'data_limit_strategy',
  'What happens to a SIM at its data limit (KORE Wireless only).',
  { block: 'Data is blocked.', throttle: 'Data is slowed down.' },
);

/** The rate plans of the account. */
const ratePlanCollection: CollectionDeclaration = { path: '/v1/RatePlans', envelopeKey: 'rate_plans' };

export const RatePlan = defineResource({
  name: 'RatePlan',
  noun: 'a rate plan',
  description:
    'A rate plan: what SIMs may use, and how they are charged. A billing month begins on the day of activation.',
  idDescription: 'Globally unique identifier of the rate plan. Opaque; use it for client caching and `node`.',
  single: {
    field: 'ratePlan',
    description: 'A rate plan by its SID or unique name. Null when the upstream knows no such rate plan.',
    lookups: {
      uniqueName: { ...byUniqueName, description: 'Name that the account gave the rate plan, unique in it.' },
    },
    sidPattern: /^WP[0-9a-fA-F]{32}$/,
    sidFormat: '`WP` followed by 32 hexadecimal digits',
    collection: ratePlanCollection,
    // Accounts have few rate plans, and SIMs share them.
    listAbove: 1,
    isSmall: true,
  },
  identity: ['accountSid', 'dateCreated'],
  fields: {
    sid: { codec: id, wire: 'sid', description: "The upstream's SID of the rate plan (`WP…`)." },
    uniqueName: {
      codec: text,
      wire: 'unique_name',
      description: 'Name that the account gave the rate plan, unique in it.',
    },
    accountSid: {
      codec: id,
      wire: 'account_sid',
      description: 'SID of the account that the rate plan belongs to (`AC…`).',
    },
    friendlyName: {
      codec: text,
      wire: 'friendly_name',
      description: 'Name that the account gave the rate plan, for people.',
    },
    dataEnabled: { codec: flag, wire: 'data_enabled', description: 'Whether SIMs may use data.' },
    dataMetering: {
      codec: text,
      wire: 'data_metering',
      description: 'How data is charged, as free text: `payg`, `quota-1`, ….',
    },
    dataLimit: {
      codec: count,
      wire: 'data_limit',
      description: 'Limit of data in the home country, in megabytes for each billing month.',
    },
    dataLimitStrategy: {
      codec: dataLimitStrategy,
      wire: 'data_limit_strategy',
      description: 'What happens at a data limit.',
    },
    messagingEnabled: {
      codec: flag,
      wire: 'messaging_enabled',
      description: 'Whether SIMs may send and receive messages.',
    },
    nationalRoamingEnabled: {
      codec: flag,
      wire: 'national_roaming_enabled',
      description: 'Whether SIMs may use other networks of their home country.',
    },
    nationalRoamingDataLimit: {
      codec: count,
      wire: 'national_roaming_data_limit',
      description: 'Limit of data in national roaming, in megabytes for each billing month.',
    },
    internationalRoaming: {
      codec: texts,
      wire: 'international_roaming',
      description: 'Services that SIMs may use abroad, as free texts: `data`, `messaging`, ….',
    },
    internationalRoamingDataLimit: {
      codec: count,
      wire: 'international_roaming_data_limit',
      description: 'Limit of data in international roaming, in megabytes for each billing month.',
    },
    usageNotificationUrl: {
      codec: text,
      wire: 'usage_notification_url',
      description: 'URL that the upstream calls about usage (KORE Wireless only).',
    },
    usageNotificationMethod: {
      codec: text,
      wire: 'usage_notification_method',
      description: 'Method that the upstream calls that URL with (KORE Wireless only).',
    },
    dateCreated: { codec: instant, wire: 'date_created', description: 'When the rate plan was created.' },
    dateUpdated: {
      codec: instant,
      wire: 'date_updated',
      description: "When the rate plan's record last changed.",
    },
    url: {
      codec: text,
      wire: 'url',
      description: 'Where the upstream REST API has the rate plan. The graph does not need it.',
    },
  },
});

export const ratePlans = defineList({
  parent: null,
  field: 'ratePlans',
  typeName: 'RatePlan',
  resource: RatePlan,
  collection: ratePlanCollection,
  noun: "the account's rate plans",
  description: 'The rate plans of the account, in upstream order.',
  connectionDescription: 'A window of rate plans.',
  edgeDescription: 'A rate plan at its place in the list.',
  pageBudget: 25,
  cacheBytes: 1024 * 1024,
});

export const ratePlanSims = defineList({
  ...simLists,
  parent: RatePlan,
  field: 'sims',
  resource: Sim,
  collection: simCollection,
  parentFilter: 'RatePlan',
  arguments: { status: simStatus },
  noun: "this rate plan's SIMs",
  description: 'The SIMs of the rate plan, in upstream order.',
});

export const simRatePlan: RelationDeclaration = {
  from: Sim,
  field: 'ratePlan',
  to: RatePlan,
  sid: 'ratePlanSid',
  description: 'The rate plan that the SIM is charged by. Its SID takes no upstream request.',
};
