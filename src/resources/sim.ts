import { id, instant, oneOf, text } from './codecs.js';
import { countOf } from './count.js';
import { type CollectionDeclaration, defineList, defineResource } from './define.js';
import { byUniqueName } from './lookups.js';
import { LOCATION } from './scopes.js';
import { simLinks } from './sim-links.js';

const status = oneOf('SimStatus', 'status', "Lifecycle status of a SIM, by the upstream's `status`.", {
  new: 'Not yet registered to the account.',
  ready: 'May use the network, and is not charged before it does.',
  active: 'May use the network.',
  suspended: 'Blocked from the network for the time being.',
  deactivated: 'Blocked from the network, and not charged.',
  canceled: 'Gone from the network for good.',
  scheduled: 'About to change to another status.',
  updating: 'Changing to another status.',
  deleted: 'Deleted from the account (KORE Wireless only).',
});

const resetStatus = oneOf(
  'SimResetStatus',
  'reset_status',
  "Progress of a reset of a SIM's connectivity, by the upstream's `reset_status`.",
  { resetting: 'A reset is in progress.' },
);

const httpMethod = oneOf(
  'HttpMethod',
  'commands_callback_method',
  'The HTTP method that the upstream calls a URL with.',
  {
    HEAD: 'HTTP HEAD.',
    GET: 'HTTP GET.',
    POST: 'HTTP POST.',
    PATCH: 'HTTP PATCH.',
    PUT: 'HTTP PUT.',
    DELETE: 'HTTP DELETE.',
  },
);

/** The SIMs of the account. */
export const simCollection: CollectionDeclaration = {
  path: '/v1/Sims',
  envelopeKey: 'sims',
  filters: { Status: 'status', Iccid: 'iccid', RatePlan: 'rate_plan_sid' },
};

export const Sim = defineResource({
  name: 'Sim',
  noun: 'a SIM',
  description: 'A SIM card: what a device opens data sessions with.',
  idDescription: 'Globally unique identifier of the SIM. Opaque; use it for client caching and `node`.',
  single: {
    field: 'sim',
    description: 'A SIM by its SID, unique name or ICCID. Null when the upstream knows no such SIM.',
    lookups: {
      uniqueName: { ...byUniqueName, description: 'Name that the account gave the SIM, unique in it.' },
      iccid: {
        description: 'Number of the card itself.',
        by: { filter: 'Iccid' },
        field: 'iccid',
        pattern: /^\d{1,22}[Ff]?$/,
        format: 'up to 22 digits',
        scope: LOCATION,
      },
    },
    many: {
      field: 'simsBySid',
      description:
        'Several SIMs by their SIDs, in that order; null for each that the upstream does not know.',
    },
    sidPattern: /^DE[0-9a-fA-F]{32}$/,
    sidFormat: '`DE` followed by 32 hexadecimal digits',
    collection: simCollection,
    listAbove: 10,
  },
  identity: ['accountSid', 'dateCreated'],
  fields: {
    sid: { codec: id, wire: 'sid', description: "The upstream's SID of the SIM (`DE…`)." },
    uniqueName: {
      codec: text,
      wire: 'unique_name',
      description: 'Name that the account gave the SIM, unique in it.',
    },
    accountSid: {
      codec: id,
      wire: 'account_sid',
      description: 'SID of the account that the SIM belongs to (`AC…`).',
    },
    ratePlanSid: {
      codec: id,
      wire: 'rate_plan_sid',
      description: 'SID of the rate plan that the SIM is charged by (`WP…`).',
    },
    friendlyName: {
      codec: text,
      wire: 'friendly_name',
      description: 'Name that the account gave the SIM, for people.',
    },
    iccid: {
      codec: text,
      wire: 'iccid',
      scope: LOCATION,
      description: 'Number of the card itself, up to 22 digits. Tells one device from another.',
    },
    eId: {
      codec: text,
      // Twilio and KORE spell it differently.
      wire: ['e_id', 'eid'],
      scope: LOCATION,
      description:
        'Identifier of an embedded SIM; deprecated by the upstream in favour of `iccid`. Tells one device from another.',
    },
    status: { codec: status, wire: 'status', description: 'Lifecycle status of the SIM.' },
    resetStatus: {
      codec: resetStatus,
      wire: 'reset_status',
      description: 'How far a reset of its connectivity is; null when none is under way.',
    },
    commandsCallbackUrl: {
      codec: text,
      wire: 'commands_callback_url',
      description: 'URL that the upstream calls when the SIM sends a command.',
    },
    commandsCallbackMethod: {
      codec: httpMethod,
      wire: 'commands_callback_method',
      description: 'Method that the upstream calls that URL with.',
    },
    dateCreated: {
      codec: instant,
      wire: 'date_created',
      description: 'When the SIM came to be in the account.',
    },
    dateUpdated: { codec: instant, wire: 'date_updated', description: "When the SIM's record last changed." },
    url: {
      codec: text,
      wire: 'url',
      description: 'Where the upstream REST API has the SIM. The graph does not need it.',
    },
    links: {
      codec: simLinks,
      wire: 'links',
      description: 'Where the upstream REST API has what belongs to the SIM.',
    },
    ipAddress: {
      codec: text,
      wire: 'ip_address',
      description: 'Address of the SIM in its VPN, where it has one.',
    },
  },
});

/** What all lists of SIMs have in common. */
export const simLists = {
  typeName: 'Sim',
  connectionDescription: 'A window of SIMs.',
  edgeDescription: 'A SIM at its place in the list.',
  pageBudget: 25,
  cacheBytes: 8 * 1024 * 1024,
} as const;

/** The argument `status` of lists of SIMs. */
export const simStatus = {
  type: status,
  filter: 'Status',
  rejected: { deleted: 'the upstream documents no such filter' },
  description: 'Only SIMs with this status. The upstream cannot filter by `DELETED`.',
} as const;

export const sims = defineList({
  ...simLists,
  parent: null,
  field: 'sims',
  resource: Sim,
  collection: simCollection,
  arguments: {
    status: simStatus,
    ratePlan: {
      type: 'ID',
      filter: 'RatePlan',
      description: 'Only SIMs of the rate plan with this SID or unique name.',
    },
  },
  summaries: [
    countOf(
      'simsCount',
      'How many SIMs the account has. The gateway reads the list in pages of 1,000.',
      false,
    ),
  ],
  noun: "the account's SIMs",
  description: 'The SIMs of the account, in upstream order.',
});
