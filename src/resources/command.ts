import { flag, id, instant, oneOf, text } from './codecs.js';
import {
  type CollectionDeclaration,
  defineList,
  defineResource,
  type RelationDeclaration,
} from './define.js';
import { MESSAGES } from './scopes.js';
import { Sim } from './sim.js';

/** How long the upstream keeps a command, in days. */
export const RETENTION_DAYS = 30;

const status = oneOf('CommandStatus', 'status', "Progress of a command, by the upstream's `status`.", {
  queued: 'Waiting to be sent.',
  sent: 'Sent to the network.',
  delivered: 'Received by the SIM: known if a receipt was requested.',
  received: 'Received from the SIM.',
  failed: 'Not delivered.',
});

const direction = oneOf('CommandDirection', 'direction', 'Who sent a command.', {
  from_sim: 'The SIM.',
  to_sim: 'The account.',
});

const transport = oneOf('CommandTransport', 'transport', 'How a command is transferred.', {
  sms: 'SMS.',
  ip: 'UDP over the data connection.',
});

const mode = oneOf('CommandMode', 'command_mode', 'How the content of a command is written.', {
  text: 'Text, up to 160 characters.',
  binary: 'Base64 of up to 140 bytes.',
});

/** The commands of the account. */
const commandCollection: CollectionDeclaration = {
  path: '/v1/Commands',
  envelopeKey: 'commands',
  filters: { Sim: 'sim_sid', Status: 'status', Direction: 'direction', Transport: 'transport' },
};

export const Command = defineResource({
  name: 'Command',
  noun: 'a command',
  description: `A message to or from a SIM. The upstream keeps commands for ${RETENTION_DAYS} days.`,
  idDescription: 'Globally unique identifier of the command. Opaque; use it for client caching and `node`.',
  single: {
    field: 'command',
    description: `A command by its SID. Null when the upstream knows none with that SID, also ${RETENTION_DAYS} days after its creation.`,
    sidPattern: /^DC[0-9a-fA-F]{32}$/,
    sidFormat: '`DC` followed by 32 hexadecimal digits',
    collection: commandCollection,
    // The first page has the latest commands, which need not be those that are fetched.
    listAbove: null,
  },
  identity: ['simSid', 'direction', 'dateCreated'],
  fields: {
    sid: { codec: id, wire: 'sid', description: "The upstream's SID of the command (`DC…`)." },
    accountSid: {
      codec: id,
      wire: 'account_sid',
      description: 'SID of the account that the command belongs to (`AC…`).',
    },
    simSid: { codec: id, wire: 'sim_sid', description: 'SID of the SIM (`DE…`).' },
    command: {
      codec: text,
      wire: 'command',
      scope: MESSAGES,
      description: 'Content, as `commandMode` says. May be personal.',
    },
    commandMode: { codec: mode, wire: 'command_mode', description: 'How the content is written.' },
    transport: { codec: transport, wire: 'transport', description: 'How the command is transferred.' },
    deliveryReceiptRequested: {
      codec: flag,
      wire: 'delivery_receipt_requested',
      description: 'Whether the upstream reports the delivery.',
    },
    status: { codec: status, wire: 'status', description: 'Progress of the command.' },
    direction: { codec: direction, wire: 'direction', description: 'Who sent the command.' },
    dateCreated: { codec: instant, wire: 'date_created', description: 'When the command was created.' },
    dateUpdated: {
      codec: instant,
      wire: 'date_updated',
      description: "When the command's record last changed.",
    },
    url: {
      codec: text,
      wire: 'url',
      description: 'Where the upstream REST API has the command. The graph does not need it.',
    },
  },
});

const lists = {
  typeName: 'Command',
  resource: Command,
  collection: commandCollection,
  connectionDescription: 'A window of commands.',
  edgeDescription: 'A command at its place in the list.',
  pageBudget: 25,
  cacheBytes: 4 * 1024 * 1024,
} as const;

const filters = {
  status: { type: status, filter: 'Status', description: 'Only commands with this status.' },
  direction: { type: direction, filter: 'Direction', description: 'Only commands in this direction.' },
  transport: { type: transport, filter: 'Transport', description: 'Only commands with this transport.' },
} as const;

export const commands = defineList({
  ...lists,
  parent: null,
  field: 'commands',
  arguments: {
    sim: { type: 'ID', filter: 'Sim', description: 'Only commands of the SIM with this SID or unique name.' },
    ...filters,
  },
  noun: "the account's commands",
  description: 'The commands of the account, in upstream order.',
});

export const simCommands = defineList({
  ...lists,
  parent: Sim,
  field: 'commands',
  parentFilter: 'Sim',
  arguments: filters,
  noun: "this SIM's commands",
  description: 'The commands to and from the SIM, in upstream order.',
});

export const commandSim: RelationDeclaration = {
  from: Command,
  field: 'sim',
  to: Sim,
  sid: 'simSid',
  description: 'The SIM. Its SID takes no upstream request.',
};
