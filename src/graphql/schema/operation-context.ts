import type { Loaders } from '../../connections/loaders.js';
import type { LiveEvent } from '../../live/event.js';
import type { ListDeclaration } from '../../resources/define.js';
import type { Viewer } from '../../resources/viewer.js';

/** Where the events of a subscription come from. */
export interface EventSource {
  /**
   * @param after - cursor of the event to continue after; `null`: begins with a snapshot
   * @throws {CursorError} or {LiveLimitError}
   */
  subscribe(list: ListDeclaration, parentSid: string, after: string | null): AsyncIterable<LiveEvent>;
}

/** What resolvers need of the operation. */
export interface OperationContext {
  readonly viewer: Viewer;
  readonly loaders: Loaders;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  /** Set for a subscription. */
  readonly events?: EventSource | undefined;
  /** Places of fields that the viewer must not read, for which the operation already has an error. */
  withheld?: Set<string>;
}
