import type { Edge } from '../connections/connection.js';
import { fingerprintOf } from '../connections/identity.js';
import { fingerprint } from '../pagination/cursor/fingerprint.js';
import type { AnyRecord } from '../resources/any-record.js';
import type { EventsDeclaration, ListDeclaration, ResourceDeclaration } from '../resources/define.js';
import { MalformedMember } from '../resources/member.js';
import type { Scope } from '../resources/scopes.js';
import { scopeCacheKey, type Viewer } from '../resources/viewer.js';
import { getOrCreate } from '../util/get-or-create.js';
import { type Change, changesSince, type Sighting, stateAfter, type View, viewOf } from './changes.js';
import { digestOf, keyOf, writeState } from './state-format.js';
import type { WatchState } from './watch-state.js';

/** A record that a poll has seen, with its edge. */
export interface Seen extends Sighting {
  readonly edge: Edge;
}

/** How much of a list a poll has read, and when. */
export interface Extent {
  readonly isWhole: boolean;
  readonly isDeepest: boolean;
  /** When the oldest of the pages was requested, on the clock of the upstream client. */
  readonly sentAt: number;
  /** The same as an instant. */
  readonly asOf: string;
}

/** The list as a poll has seen it. All its subscribers share it. */
export class Observation {
  readonly extent: Extent;
  readonly #list: ListDeclaration;
  readonly #events: EventsDeclaration;
  readonly #edges: readonly Edge[];
  readonly #perspectives = new Map<string, Perspective>();

  constructor(list: ListDeclaration, events: EventsDeclaration, edges: readonly Edge[], extent: Extent) {
    this.#list = list;
    this.#events = events;
    this.#edges = edges;
    this.extent = extent;
  }

  /** The list as callers with the same scopes see it: a change of a field that a caller must not read is none for it. */
  perspective(viewer: Pick<Viewer, 'scopes'>): Perspective {
    return getOrCreate(
      this.#perspectives,
      scopeCacheKey(viewer),
      () => new Perspective(viewOf(this.#sightings(viewer.scopes), this.extent)),
    );
  }

  #sightings(scopes: ReadonlySet<Scope>): readonly Seen[] {
    const { resource } = this.#list;
    const { isOver, start } = this.#events;
    const keyOfRecord = fingerprintOf(resource);
    const fields = readableFields(resource, scopes);
    const seen = new Map<number, Seen>();
    for (const edge of this.#edges) {
      const { record } = edge;
      const key = keyOf(keyOfRecord(record));
      // Two records that nothing tells apart are one record.
      if (seen.has(key)) continue;
      const digest = digestOf(fingerprint(textOf(record, fields)));
      seen.set(key, { key, digest, isOver: isOver(record), start: secondsOf(record[start]), edge });
    }
    return [...seen.values()];
  }
}

/** An observation as callers with the same scopes see it. */
export class Perspective {
  readonly view: View<Seen>;
  // Thousands of subscribers are in the same state: what follows from it is computed once.
  readonly #changes = new WeakMap<WatchState, readonly Change<Seen>[]>();
  readonly #settled = new WeakMap<WatchState, WatchState>();
  readonly #states = new Map<string, WatchState>();

  constructor(view: View<Seen>) {
    this.view = view;
  }

  /** As the function of the same name. @param state - one that this view reaches */
  changesSince(state: WatchState): readonly Change<Seen>[] {
    return getOrCreate(this.#changes, state, () =>
      changesSince(state, this.view).map((change) => ({ ...change, state: this.#unique(change.state) })),
    );
  }

  /** What a subscriber knows for which nothing has changed. */
  settled(state: WatchState): WatchState {
    return getOrCreate(this.#settled, state, () => this.#unique(stateAfter(state, this.view)));
  }

  /** Returns the same object for equal states. */
  #unique(state: WatchState): WatchState {
    return getOrCreate(this.#states, writeState(state), () => state);
  }
}

/** Names of the fields that callers may read. */
function readableFields({ fields }: ResourceDeclaration, scopes: ReadonlySet<Scope>): readonly string[] {
  return Object.entries(fields)
    .filter(([, { scope }]) => scope === undefined || scopes.has(scope))
    .map(([name]) => name);
}

function textOf(record: AnyRecord, fields: readonly string[]): string {
  const values = fields.map((name) => {
    const value = record[name];
    return value instanceof MalformedMember ? value.expected : value;
  });
  return JSON.stringify(values);
}

function secondsOf(member: unknown): number | null {
  const ms = typeof member === 'string' ? Date.parse(member) : Number.NaN;
  return Number.isNaN(ms) ? null : Math.max(0, Math.floor(ms / 1000));
}
