import { ImplementableObjectRef } from '@pothos/core';
import type { SessionEdge } from '../../connections/session-connection.js';
import type { WriteJson } from '../../fast-path/json/raw-writer.js';
import type { CellLocationEstimate } from '../../resources/records.js';
import { sessionWriter, type WritableMember } from '../../upstream/decode/data-session.js';
import { builder, type SchemaTypes } from './builder.js';
import { encodeGlobalId } from './global-id.js';
import { type Unwrapped, unwrap } from './members.js';
import { NEEDS_LOCATION, requiresLocation } from './scope-enforcement.js';

const CellLocation = builder.objectRef<CellLocationEstimate>('CellLocationEstimate').implement({
  description: 'Where a cell is thought to be, in degrees (WGS 84).',
  fields: (t) => ({
    lat: t.exposeFloat('lat', { nullable: false, description: 'Latitude in degrees, north positive.' }),
    lon: t.exposeFloat('lon', { nullable: false, description: 'Longitude in degrees, east positive.' }),
  }),
});

/** A session with its members as its fields answer them. */
type SessionNode = SessionEdge & Unwrapped<Omit<SessionEdge, 'session'>>;

type TextMember = 'radioLink' | 'operatorMcc' | 'operatorMnc' | 'operatorCountry' | 'operatorName';

// What is malformed is told by the scalars, so that fields may take it for a value.
const ref = new ImplementableObjectRef<
  PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>,
  SessionEdge,
  SessionNode
>(builder, 'DataSession');

/** For a member that can be answered as the upstream sent it. */
function asItCame(name: WritableMember) {
  const write = sessionWriter(name);
  const writeJson: WriteJson<SessionEdge> = ({ session }, out) => write(session, out);
  return { extensions: { writeJson } };
}

export const DataSession = ref.implement({
  description:
    'A data session of a SIM: from when the device opened a connection (a PDP context) to when it closed. ' +
    'The upstream keeps sessions for 30 days at most, and cannot fetch a single one.',
  fields: (t) => {
    const text = (name: TextMember, description: string) =>
      t.exposeString(name, { description, ...asItCame(name) });
    const sid = (name: 'sid' | 'simSid' | 'accountSid', description: string) =>
      t.exposeID(name, { description, ...asItCame(name) });
    const count = (name: 'packetsUploaded' | 'packetsDownloaded', description: string) =>
      t.expose(name, { type: 'Long', description, ...asItCame(name) });
    const instant = (name: 'start' | 'end' | 'lastUpdated', description: string) =>
      t.expose(name, { type: 'DateTime', description, ...asItCame(name) });
    return {
      id: t.id({
        nullable: false,
        description:
          'Names the session among all others, the same in every answer, also where the upstream gives no ' +
          '`sid`: made for client caches. It cannot be fetched again by it.',
        resolve: (edge) => encodeGlobalId('DataSession', edge.key),
      }),
      sid: sid('sid', "The upstream's SID of the session (`WN…`). The upstream can leave it out."),
      simSid: sid('simSid', 'SID of the SIM (`DE…`).'),
      accountSid: sid('accountSid', 'SID of the account that the SIM belongs to (`AC…`).'),
      radioLink: text('radioLink', 'Generation of the radio link, as free text: `LTE`, `3G`, ….'),
      operatorMcc: text('operatorMcc', 'Mobile country code of the network: digits, leading zeros matter.'),
      operatorMnc: text('operatorMnc', 'Mobile network code of the network: digits, leading zeros matter.'),
      operatorCountry: text('operatorCountry', 'Country of the network, three letters: `USA`.'),
      operatorName: text('operatorName', 'Name of the network, as free text.'),
      cellId: t.string({
        ...requiresLocation,
        description: `Identifier of the cell that the device was last seen in. Tells where a device is. ${NEEDS_LOCATION}`,
        resolve: ({ session }) => unwrap(session.cellId),
      }),
      cellLocationEstimate: t.field({
        ...requiresLocation,
        type: CellLocation,
        description: `Where that cell is thought to be; null when not known. Tells where a device is. ${NEEDS_LOCATION}`,
        resolve: ({ session }) => unwrap(session.cellLocationEstimate),
      }),
      packetsUploaded: count(
        'packetsUploaded',
        "Packets that the device sent, counted from the session's start.",
      ),
      packetsDownloaded: count(
        'packetsDownloaded',
        "Packets that the device received, counted from the session's start.",
      ),
      lastUpdated: instant('lastUpdated', 'When the upstream last brought the session up to date.'),
      start: instant('start', 'When the session began.'),
      end: instant('end', 'When the session ended; null while it is open.'),
      imei: t.string({
        ...requiresLocation,
        description: `15 digits that name the device the SIM was in. Tells one device from another. ${NEEDS_LOCATION}`,
        resolve: ({ session }) => unwrap(session.imei),
      }),
      active: t.boolean({
        description: 'Whether the session is open: derived, true while `end` is null.',
        resolve: ({ session }) => unwrap(session.end) === null,
      }),
      durationSeconds: t.field({
        type: 'Long',
        description: 'Whole seconds from `start` to `end`: derived, null while the session is open.',
        resolve: ({ session }) => {
          const start = unwrap(session.start);
          const end = unwrap(session.end);
          return start === null || end === null
            ? null
            : Math.round((Date.parse(end) - Date.parse(start)) / 1000);
        },
      }),
    };
  },
});

// Another subgraph may add to a session what it knows of it, by `id`, or by `sid` where the upstream gives one. It
// cannot answer with sessions of its own: the upstream has no way to fetch one.
builder.asEntity(DataSession, {
  key: [
    builder.keyDirective(builder.selection<{ id: string }>('id'), false),
    builder.keyDirective(builder.selection<{ sid: string }>('sid'), false),
  ],
  resolveReference: () => null,
});
