import type { CursorCodec } from '../pagination/cursor/codec.js';
import type { PositionedRecord } from '../pagination/walk/loaded-page.js';
import type { Window } from '../pagination/walk/window.js';
import type { AnyRecord } from '../resources/any-record.js';
import type { ListArguments } from '../resources/arguments.js';
import { MalformedMember, type Member } from '../resources/member.js';
import { recordKey } from './identity.js';
import type { ListRequest } from './list-request.js';
import { segmentName } from './segmented-list.js';

/** A list as one operation asks for it, and the codec of its cursors. */
interface ListHandle {
  readonly request: ListRequest;
  readonly cursors: CursorCodec;
}

/**
 * A window of a list in the shape of a Relay connection. Edges and cursors are created when they are read, because most
 * operations read the cursor of the last edge alone.
 */
export class Connection {
  readonly list: ListHandle;
  /** When the oldest of its pages was requested, on the clock of the upstream client. */
  readonly sentAt: number;
  readonly #window: Window<AnyRecord>;
  #edges: readonly Edge[] | undefined;

  constructor(list: ListHandle, window: Window<AnyRecord>, sentAt: number) {
    this.list = list;
    this.sentAt = sentAt;
    this.#window = window;
  }

  get edges(): readonly Edge[] {
    this.#edges ??= this.#window.records.map((positioned) => new Edge(this.list, positioned));
    return this.#edges;
  }

  /** An edge is its own node. */
  get nodes(): readonly Edge[] {
    return this.edges;
  }

  get pageInfo(): PageInfo {
    return new PageInfo(this.#window, this.list.cursors);
  }
}

const NO_SID = new MalformedMember('a record with a SID', null);

/** A record at its position in the list. It is its own node, because a record without a SID is identified by both. */
export class Edge {
  readonly record: AnyRecord;
  readonly #list: ListHandle;
  readonly #positioned: PositionedRecord<AnyRecord>;

  constructor(list: ListHandle, positioned: PositionedRecord<AnyRecord>) {
    this.record = positioned.record;
    this.#list = list;
    this.#positioned = positioned;
  }

  get cursor(): string {
    return this.#list.cursors.ofRecord(this.#positioned);
  }

  get node(): this {
    return this;
  }

  get __typename(): string {
    return this.#list.request.declaration.resource.name;
  }

  /** The SID of the record. A record that can be fetched has to have one: without it the field is an error. */
  get sid(): Member<string> {
    const { sid } = this.record as { readonly sid: Member<string> };
    return sid === null && this.#list.request.declaration.resource.single !== null ? NO_SID : sid;
  }

  get key(): string {
    const { declaration, parentSid, args } = this.#list.request;
    const { page, index } = this.#positioned;
    const segment = segmentName(page.location.ref);
    const scope = declaration.idScope?.(parentSid, args, this.record, segment) ?? parentSid;
    return recordKey(this.record, declaration.resource, scope, () => page.duplicateIndex(index));
  }

  /** Arguments of the list that the record is in. */
  get args(): ListArguments {
    return this.#list.request.args;
  }

  /** The codec and the position that `cursor` is encoded from. */
  get cursorSource(): { readonly cursors: CursorCodec; readonly positioned: PositionedRecord<AnyRecord> } {
    return { cursors: this.#list.cursors, positioned: this.#positioned };
  }
}

/** Relay's `PageInfo` of a window. */
export class PageInfo {
  readonly #window: Window<AnyRecord>;
  readonly #cursors: CursorCodec;

  constructor(window: Window<AnyRecord>, cursors: CursorCodec) {
    this.#window = window;
    this.#cursors = cursors;
  }

  get hasNextPage(): boolean {
    return this.#window.hasNextPage;
  }

  get hasPreviousPage(): boolean {
    return this.#window.hasPreviousPage;
  }

  get startCursor(): string | null {
    const { records, startContinuation } = this.#window;
    const [first] = records;
    if (first !== undefined) return this.#cursors.ofRecord(first);
    return startContinuation === null ? null : this.#cursors.ofPosition(startContinuation);
  }

  get endCursor(): string | null {
    const { records, continuation } = this.#window;
    const last = records.at(-1);
    if (last !== undefined) return this.#cursors.ofRecord(last);
    return continuation === null ? null : this.#cursors.ofPosition(continuation);
  }
}
