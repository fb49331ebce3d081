import type { Edge } from '../../connections/connection.js';
import type { EventKind, LiveEvent, SnapshotReason } from '../../live/event.js';
import type { Catalog } from '../../resources/catalog.js';
import type { EventsDeclaration, ListDeclaration, ResourceDeclaration } from '../../resources/define.js';
import { UPSTREAM_REQUEST_COST } from '../cost/weights.js';
import { InputError } from '../errors.js';
import type { Builder } from './builder.js';
import type { ResourceTypes } from './resource-types.js';

/** Adds `Subscription`, with a field for each list whose records can be watched; without any such list, nothing. */
export function addSubscription(builder: Builder, { lists }: Catalog, types: ResourceTypes): void {
  const watched = lists.filter(({ events }) => events !== undefined);
  if (watched.length === 0) return;
  builder.subscriptionType({
    description:
      'Events, over Server-Sent Events or `multipart/mixed`. Needs the scope `wireless:read`, which is checked again for ' +
      'each event.',
  });
  for (const list of watched) {
    if (list.events !== undefined && list.parent !== null)
      addEvents(builder, list, list.events, list.parent, types);
  }
}

function addEvents(
  builder: Builder,
  list: ListDeclaration,
  events: EventsDeclaration,
  parent: ResourceDeclaration,
  types: ResourceTypes,
): void {
  const { field, description, parentArgument } = events;
  const { single } = parent;
  if (single === null) throw new Error(`${field}: a ${parent.name} cannot be named by its SID`);
  const event = eventType(builder, list, events, types);
  builder.subscriptionField(field, (t) =>
    t.field({
      type: event,
      nullable: false,
      description,
      cost: UPSTREAM_REQUEST_COST,
      args: {
        [parentArgument]: t.arg.id({
          required: true,
          description: `The upstream's SID: ${single.sidFormat}.`,
        }),
        after: t.arg.string({
          description:
            'Cursor of the last event that was received: nothing that has happened since is lost or repeated. Without it, ' +
            'or if it has expired, the subscription begins with a snapshot.',
        }),
      },
      extensions: { events: list },
      subscribe: (_root, args, { events: source }) => {
        const { [parentArgument]: sid, after } = args as Record<string, string | null | undefined>;
        if (typeof sid !== 'string' || !single.sidPattern.test(sid)) {
          throw new InputError(`Invalid \`${parentArgument}\`: expected ${single.sidFormat}.`);
        }
        if (source === undefined) throw new Error('not a subscription');
        return source.subscribe(list, sid, after ?? null);
      },
      resolve: (published) => published,
    }),
  );
}

function eventType(
  builder: Builder,
  list: ListDeclaration,
  { typeName, record }: EventsDeclaration,
  types: ResourceTypes,
) {
  const kind = builder.enumType(`${typeName}Kind`, {
    description: 'What an event tells.',
    values: {
      SNAPSHOT: {
        description:
          `One of the latest records at the beginning, the last in list order first: a ${record} each. For a list without ` +
          'records there is one event without an edge.',
      },
      STARTED: { description: `A ${record} is new.` },
      UPDATED: { description: `A ${record} has changed.` },
      ENDED: {
        description: `A ${record} has ended. One that is new and has ended already is \`STARTED\` first.`,
      },
      HEARTBEAT: { description: 'Nothing has happened for a while. `asOf` says up to when.' },
    } satisfies Record<EventKind, object>,
  });
  const reason = builder.enumType(`${typeName}SnapshotReason`, {
    description: 'Why there is a snapshot.',
    values: {
      SUBSCRIBED: { description: 'The subscription has begun without a cursor.' },
      CURSOR_EXPIRED: {
        description:
          'The cursor is no longer valid, because the key that signed it is not in use any more or the upstream has none ' +
          'of the records that it tells of. What has happened since is not known.',
      },
    } satisfies Record<SnapshotReason, object>,
  });
  return builder.objectRef<LiveEvent>(typeName).implement({
    description: `An event about a ${record}.`,
    fields: (t) => ({
      kind: t.expose('kind', { type: kind, nullable: false, description: 'What the event tells.' }),
      edge: t.field({
        type: types.edgeOf(list),
        nullable: true,
        description: `The ${record} at its place in the list, as an edge that can be inserted into a connection of it.`,
        resolve: ({ edge }) => edge as (Edge & { readonly node: never }) | null,
      }),
      asOf: t.expose('asOf', {
        type: 'DateTime',
        nullable: false,
        description: 'When the upstream was asked for the state that the event tells.',
      }),
      cursor: t.exposeString('cursor', {
        nullable: false,
        description:
          'Continues the subscription after this event, as `after`: on any instance, and after a restart.',
      }),
      snapshotReason: t.expose('snapshotReason', {
        type: reason,
        nullable: true,
        description: 'Why there is a snapshot; null for any other event.',
      }),
    }),
  });
}
