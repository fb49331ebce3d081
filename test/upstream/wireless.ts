import { LazyDecoders } from '../../src/fast-path/json/lazy-list-decoder.js';
import type { Page, PageRef } from '../../src/pagination/page.js';
import type { AnyRecord } from '../../src/resources/any-record.js';
import { DataSession, simDataSessions } from '../../src/resources/data-session.js';
import type { ResourceDeclaration } from '../../src/resources/define.js';
import { Sim } from '../../src/resources/sim.js';
import { createUpstream, type ManagedUpstream } from '../../src/upstream/client.js';
import type { UpstreamSettings } from '../../src/upstream/settings.js';
import type { RequestScope } from '../../src/upstream/upstream.js';
import type { Clock } from '../../src/util/clock.js';

/** An upstream client, asked for the two resources that most tests are about. Records are plain objects. */
export interface WirelessUpstream extends Omit<ManagedUpstream, 'record' | 'listing' | 'page'> {
  sim(sid: string, scope: RequestScope): Promise<AnyRecord | null>;
  sims(scope: RequestScope): Promise<{ readonly sims: readonly AnyRecord[]; readonly complete: boolean }>;
  dataSessions(simSid: string, ref: PageRef, scope: RequestScope): Promise<Page<AnyRecord> | null>;
}

const known = new WeakMap<AnyRecord, AnyRecord>();

/** All members of a record, decoded: the same object for the same record. */
export function decoded(resource: ResourceDeclaration, record: AnyRecord): AnyRecord {
  const members = known.get(record) ?? membersOf(resource, record);
  known.set(record, members);
  return members;
}

function membersOf(resource: ResourceDeclaration, record: AnyRecord): AnyRecord {
  return Object.fromEntries(Object.keys(resource.fields).map((name) => [name, record[name]])) as AnyRecord;
}

export function connectWireless(settings: UpstreamSettings, clock?: Clock): WirelessUpstream {
  const upstream = createUpstream(settings, clock, new LazyDecoders().list);
  return Object.assign(Object.create(upstream) as Omit<ManagedUpstream, 'record' | 'listing' | 'page'>, {
    async sim(sid: string, scope: RequestScope) {
      const record = await upstream.record(Sim, sid, scope);
      return record && decoded(Sim, record);
    },
    async sims(scope: RequestScope) {
      const { records, complete } = await upstream.listing(Sim, scope);
      return { sims: [...records.values()].map((record) => decoded(Sim, record)), complete };
    },
    async dataSessions(simSid: string, ref: PageRef, scope: RequestScope) {
      const page = await upstream.page(
        { declaration: simDataSessions, parentSid: simSid, args: {} },
        ref,
        scope,
      );
      return page && { ...page, records: page.records.map((record) => decoded(DataSession, record)) };
    },
    state: () => upstream.state(),
    stats: () => upstream.stats(),
    close: () => upstream.close(),
  });
}
