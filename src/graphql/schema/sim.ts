import { DEFAULT_WINDOW } from '../../pagination/arguments.js';
import type { SimLinks } from '../../resources/records.js';
import { UPSTREAM_REQUEST_COST } from '../cost/weights.js';
import { sidOfReference } from '../federation/sim-reference.js';
import { builder } from './builder.js';
import { DataSession } from './data-session.js';
import { HttpMethodEnum, ResetStatusEnum, SimStatusEnum } from './enums.js';
import { NEEDS_LOCATION, requiresLocation } from './scope-enforcement.js';
import { SESSION_LIST } from './session-list.js';
import { loadSim, resolveSimField, type SimNode } from './sim-node.js';
import { upstreamList } from './upstream-list.js';

const Links = builder.objectRef<SimLinks>('SimLinks').implement({
  description: 'Where the upstream REST API has what belongs to a SIM. The graph needs none of these.',
  fields: (t) => ({
    dataSessions: t.exposeString('dataSessions', { description: 'URL of its data sessions.' }),
    ratePlan: t.exposeString('ratePlan', { description: 'URL of its rate plan.' }),
    usageRecords: t.exposeString('usageRecords', { description: 'URL of its usage records.' }),
  }),
});

type SidMember = 'accountSid' | 'ratePlanSid';
type TextMember = 'uniqueName' | 'friendlyName' | 'commandsCallbackUrl' | 'url' | 'ipAddress';
type InstantMember = 'dateCreated' | 'dateUpdated';

export const Sim = builder.objectRef<SimNode>('Sim');

builder.node(Sim, {
  description: 'A SIM card: what a device opens data sessions with.',
  id: {
    description: 'Names the SIM in the whole graph: opaque, for client caches and for `node`.',
    resolve: ({ sid }) => sid,
  },
  fields: (t) => {
    const sid = (name: SidMember, description: string) =>
      t.id({ description, resolve: (sim, _args, context) => resolveSimField(sim, name, context) });
    const text = (name: TextMember, description: string) =>
      t.string({ description, resolve: (sim, _args, context) => resolveSimField(sim, name, context) });
    const instant = (name: InstantMember, description: string) =>
      t.field({
        type: 'DateTime',
        description,
        resolve: (sim, _args, context) => resolveSimField(sim, name, context),
      });
    return {
      sid: t.exposeID('sid', { nullable: false, description: "The upstream's SID of the SIM (`DE…`)." }),
      uniqueName: text('uniqueName', 'Name that the account gave the SIM, unique in it.'),
      accountSid: sid('accountSid', 'SID of the account that the SIM belongs to (`AC…`).'),
      ratePlanSid: sid('ratePlanSid', 'SID of the rate plan that the SIM is charged by (`WP…`).'),
      friendlyName: text('friendlyName', 'Name that the account gave the SIM, for people.'),
      iccid: t.string({
        ...requiresLocation,
        description: `Number of the card itself, up to 22 digits. Tells one device from another. ${NEEDS_LOCATION}`,
        resolve: (sim, _args, context) => resolveSimField(sim, 'iccid', context),
      }),
      eId: t.string({
        ...requiresLocation,
        description: `Identifier of an embedded SIM; deprecated by the upstream in favour of \`iccid\`. Tells one device from another. ${NEEDS_LOCATION}`,
        resolve: (sim, _args, context) => resolveSimField(sim, 'eId', context),
      }),
      status: t.field({
        type: SimStatusEnum,
        description: 'Where the SIM is in its life.',
        resolve: (sim, _args, context) => resolveSimField(sim, 'status', context),
      }),
      resetStatus: t.field({
        type: ResetStatusEnum,
        description: 'How far a reset of its connectivity is; null when none is under way.',
        resolve: (sim, _args, context) => resolveSimField(sim, 'resetStatus', context),
      }),
      commandsCallbackUrl: text(
        'commandsCallbackUrl',
        'URL that the upstream calls when the SIM sends a command.',
      ),
      commandsCallbackMethod: t.field({
        type: HttpMethodEnum,
        description: 'Method that the upstream calls that URL with.',
        resolve: (sim, _args, context) => resolveSimField(sim, 'commandsCallbackMethod', context),
      }),
      dateCreated: instant('dateCreated', 'When the SIM came to be in the account.'),
      dateUpdated: instant('dateUpdated', "When the SIM's record last changed."),
      url: text('url', 'Where the upstream REST API has the SIM. The graph does not need it.'),
      links: t.field({
        type: Links,
        description: 'Where the upstream REST API has what belongs to the SIM.',
        resolve: (sim, _args, context) => resolveSimField(sim, 'links', context),
      }),
      ipAddress: text('ipAddress', 'Address of the SIM in its VPN, where it has one.'),
      dataSessions: t.connection(
        {
          ...upstreamList(SESSION_LIST),
          type: DataSession,
          description:
            "The SIM's data sessions, in upstream order (not documented, as a rule the newest first). " +
            `Without \`first\` and \`last\` the window has ${DEFAULT_WINDOW}. An upstream failure makes this field null, alone.`,
          nullable: true,
          cost: UPSTREAM_REQUEST_COST,
          listSize: {
            assumedSize: DEFAULT_WINDOW,
            slicingArguments: ['first', 'last'],
            sizedFields: ['edges'],
            requireOneSlicingArgument: false,
          },
          resolve: ({ sid }, args, { loaders }) => SESSION_LIST.load(loaders, sid, args),
        },
        {
          name: 'SimDataSessionsConnection',
          description: "A window of a SIM's data sessions.",
        },
        {
          name: 'SimDataSessionsEdge',
          description: "A data session at its place in the SIM's list.",
        },
      ),
    };
  },
});

// By `sid` other subgraphs know a SIM; by `id` one does that answers `node` for the whole supergraph.
builder.asEntity(Sim, {
  key: [builder.selection<{ sid: string }>('sid'), builder.selection<{ id: string }>('id')],
  resolveReference: (reference, context, info) => loadSim(sidOfReference(reference), context, info),
});
