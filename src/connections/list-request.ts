import { createHash } from 'node:crypto';
import { listKey } from '../resources/define.js';
import type { RecordFilter } from '../resources/filter.js';
import type { UpstreamList } from '../upstream/upstream.js';

/** A list as one field of an operation asks for it. */
export interface ListRequest extends UpstreamList {
  /** Evaluated by the gateway; `null`: all records. */
  readonly filter: RecordFilter | null;
}

/** Identifies a list of the upstream. */
export function upstreamKey({ declaration, parentSid, args }: ListRequest): string {
  return listKey(declaration, parentSid, args);
}

/** What a cursor is bound to: the list and the filter. */
export function cursorKey(request: ListRequest): string {
  const key = upstreamKey(request);
  const { filter } = request;
  if (filter === null) return key;
  // A digest, because signatures are memoized with the key and a filter can be long.
  return `${key} ${createHash('sha256').update(filter.text).digest('base64url')}`;
}
