import type { AnyRecord } from './any-record.js';
import type { Instant } from './instant.js';
import { MalformedMember } from './member.js';
import type { EnumDeclaration, ObjectDeclaration } from './output-types.js';
import { isOpen, textOf } from './session-facts.js';
import type { Accumulator, SummaryDeclaration, SummaryEnd } from './summary.js';

const state: EnumDeclaration = {
  name: 'ConnectivityState',
  description: 'Whether a SIM has an open data session.',
  values: {
    online: 'It has an open session.',
    offline: 'All of its latest sessions have ended.',
    unknown: 'The upstream keeps no session of it, or its latest sessions do not tell.',
  },
};

const connectivity: ObjectDeclaration = {
  name: 'Connectivity',
  description: 'Whether a SIM is online, derived from its latest data sessions.',
  fields: {
    state: { type: state, nullable: false, description: 'Whether the SIM has an open session.' },
    since: {
      type: 'DateTime',
      nullable: true,
      description: 'Online: when the open session began. Offline: when the last session ended.',
    },
    asOf: {
      type: 'DateTime',
      nullable: false,
      description: 'When the sessions were requested from the upstream, which may itself be behind.',
    },
    session: {
      type: { node: 'DataSession' },
      nullable: true,
      description: 'The open session; the last one if the SIM is offline.',
    },
  },
};

/** A session and the time by which it is compared with others. */
interface Latest {
  readonly at: Instant;
  readonly node: unknown;
}

class ConnectivityAccumulator implements Accumulator {
  #open: Latest | null = null;
  #ended: Latest | null = null;
  /** Whether a session can be open without its record telling so. */
  #unclear = false;
  /** Whether the sessions came in the order of their starts, the latest first. */
  #isNewestFirst = true;
  #previousStart: Instant | null = null;

  add(record: AnyRecord, node: unknown): boolean {
    const start = textOf(record, 'start');
    if (start === null || (this.#previousStart !== null && start > this.#previousStart))
      this.#isNewestFirst = false;
    this.#previousStart = start;
    const { end } = record;
    if (end instanceof MalformedMember) this.#unclear = true;
    else if (isOpen(record)) this.#open = later(this.#open, { at: start ?? '', node });
    else this.#ended = later(this.#ended, { at: String(end), node });
    return true;
  }

  finish({ complete, asOf }: SummaryEnd): object {
    const [open, ended] = [this.#open, this.#ended];
    if (open !== null) return { state: 'online', since: open.at || null, asOf, session: open.node };
    // The upstream documents no order: an open session can be on a later page unless the first one is in order.
    const isOffline = ended !== null && !this.#unclear && (complete || this.#isNewestFirst);
    return isOffline
      ? { state: 'offline', since: ended.at, asOf, session: ended.node }
      : { state: 'unknown', since: null, asOf, session: null };
  }
}

function later(known: Latest | null, found: Latest): Latest {
  return known !== null && known.at >= found.at ? known : found;
}

/** Sessions that are read: the window that a connection without arguments has, so that both are one request. */
const LATEST = 50;

/** Whether a SIM is online. */
export const simConnectivity: SummaryDeclaration = {
  field: 'connectivity',
  description: `Whether the SIM is online, from the first ${LATEST} of its data sessions: one upstream request.`,
  type: connectivity,
  arguments: {},
  filtered: false,
  reads: LATEST,
  start: () => new ConnectivityAccumulator(),
};
