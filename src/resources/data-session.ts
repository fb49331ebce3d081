import { cellLocation } from './cell-location.js';
import { count, id, instant, text } from './codecs.js';
import { simConnectivity } from './connectivity.js';
import { countOf } from './count.js';
import { dataSessionFilter } from './data-session-filter.js';
import { dataSessionGroups } from './data-session-groups.js';
import { defineList, defineResource, type RelationDeclaration } from './define.js';
import { LOCATION } from './scopes.js';
import { secondsBetween } from './session-facts.js';
import { Sim } from './sim.js';

/** How long the upstream keeps a session, in days. */
export const RETENTION_DAYS = 30;

export const DataSession = defineResource({
  name: 'DataSession',
  noun: 'a data session',
  description:
    'A data session of a SIM: from when the device opened a connection (a PDP context) to when it closed. ' +
    `The upstream keeps sessions for ${RETENTION_DAYS} days at most, and cannot fetch a single one.`,
  idDescription:
    'Stable identifier for client caches, also where the upstream gives no `sid`. Not refetchable.',
  single: null,
  // The end and the counters of a session change, and a device moves from cell to cell. The IMEI is left out, because
  // a SIM is in one device at a time, and because it needs a scope of its own.
  identity: ['simSid', 'start', 'operatorMcc', 'operatorMnc'],
  fields: {
    sid: {
      codec: id,
      wire: 'sid',
      description: "The upstream's SID of the session (`WN…`). The upstream can leave it out.",
    },
    simSid: { codec: id, wire: 'sim_sid', description: 'SID of the SIM (`DE…`).' },
    accountSid: {
      codec: id,
      wire: 'account_sid',
      description: 'SID of the account that the SIM belongs to (`AC…`).',
    },
    radioLink: {
      codec: text,
      wire: 'radio_link',
      description: 'Generation of the radio link, as free text: `LTE`, `3G`, ….',
    },
    operatorMcc: {
      codec: text,
      wire: 'operator_mcc',
      description: 'Mobile country code of the network: digits, leading zeros matter.',
    },
    operatorMnc: {
      codec: text,
      wire: 'operator_mnc',
      description: 'Mobile network code of the network: digits, leading zeros matter.',
    },
    operatorCountry: {
      codec: text,
      wire: 'operator_country',
      description: 'Country of the network, three letters: `USA`.',
    },
    operatorName: { codec: text, wire: 'operator_name', description: 'Name of the network, as free text.' },
    cellId: {
      codec: text,
      wire: 'cell_id',
      scope: LOCATION,
      description: 'Identifier of the cell that the device was last seen in. Tells where a device is.',
    },
    cellLocationEstimate: {
      codec: cellLocation,
      wire: 'cell_location_estimate',
      scope: LOCATION,
      description: 'Where that cell is thought to be; null when not known. Tells where a device is.',
    },
    packetsUploaded: {
      codec: count,
      wire: 'packets_uploaded',
      description: "Packets that the device sent, counted from the session's start.",
    },
    packetsDownloaded: {
      codec: count,
      wire: 'packets_downloaded',
      description: "Packets that the device received, counted from the session's start.",
    },
    lastUpdated: {
      codec: instant,
      wire: 'last_updated',
      description: 'When the upstream last brought the session up to date.',
    },
    start: { codec: instant, wire: 'start', description: 'When the session began.' },
    end: { codec: instant, wire: 'end', description: 'When the session ended; null while it is open.' },
    imei: {
      codec: text,
      wire: 'imei',
      scope: LOCATION,
      description: '15 digits that name the device the SIM was in. Tells one device from another.',
    },
  },
  derived: {
    active: {
      type: 'Boolean',
      description: 'Whether the session is open: derived, true while `end` is null.',
      from: ['end'],
      compute: (end: string | null) => end === null,
    },
    durationSeconds: {
      type: 'Long',
      description: 'Whole seconds from `start` to `end`: derived, null while the session is open.',
      from: ['start', 'end'],
      compute: (start: string | null, end: string | null) =>
        start === null || end === null ? null : secondsBetween(start, end),
    },
  },
});

export const simDataSessions = defineList({
  parent: Sim,
  field: 'dataSessions',
  resource: DataSession,
  collection: { path: '/v1/Sims/{parent}/DataSessions', envelopeKey: 'data_sessions' },
  filter: dataSessionFilter,
  summaries: [
    countOf(
      'dataSessionsCount',
      'How many data sessions the SIM has. The gateway reads the list in pages of 1,000, within its page budget.',
      true,
    ),
    dataSessionGroups,
    simConnectivity,
  ],
  events: {
    field: 'dataSessionEvents',
    parentArgument: 'simSid',
    typeName: 'DataSessionEvent',
    record: 'data session',
    description:
      "The data sessions of a SIM as they open, change and end. The gateway polls the SIM's list for all subscribers " +
      'together, more often while an open session changes. A subscription ends after 30 minutes: continue it with the ' +
      '`cursor` of the last event as `after`.',
    start: 'start',
    isOver: ({ end }) => typeof end === 'string',
  },
  noun: "this SIM's data sessions",
  description: "The SIM's data sessions, in upstream order (not documented, as a rule the newest first).",
  connectionDescription: "A window of a SIM's data sessions.",
  edgeDescription: "A data session at its place in the SIM's list.",
  // 25,000 records: more than a SIM opens in the 30 days that the upstream keeps sessions for.
  pageBudget: 25,
  cacheBytes: 14 * 1024 * 1024,
  // Cursors of this list are in use, and are bound to the SID alone.
  cursorKey: (simSid) => simSid,
});

export const sessionSim: RelationDeclaration = {
  from: DataSession,
  field: 'sim',
  to: Sim,
  sid: 'simSid',
  description: 'The SIM. Its SID takes no upstream request.',
};
