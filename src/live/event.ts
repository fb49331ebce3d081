import type { Edge } from '../connections/connection.js';
import type { ChangeKind } from './changes.js';

export type EventKind = ChangeKind | 'HEARTBEAT';

/** Why there is a snapshot: the subscription has begun, or continues after a cursor that has expired. */
export type SnapshotReason = 'SUBSCRIBED' | 'CURSOR_EXPIRED';

/** An event as GraphQL executes it. */
export interface LiveEvent {
  readonly kind: EventKind;
  /** `null` for a heartbeat, and for the snapshot of an empty list. */
  readonly edge: Edge | null;
  /** When the list was in this state. */
  readonly asOf: string;
  /** Continues the subscription after this event. */
  readonly cursor: string;
  /** `null` for any other event than a snapshot. */
  readonly snapshotReason: SnapshotReason | null;
}
