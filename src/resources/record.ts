import type { AnyRecord } from './any-record.js';
import { isJsonObject } from './codecs.js';
import type { ResourceDeclaration } from './define.js';
import { lazyMembers } from './lazy-members.js';
import { type DecodeContext, malformed } from './member.js';

/** Decodes one record. A value that is no object becomes a record whose members are all malformed. */
export type DecodeRecord = (json: unknown, context: DecodeContext) => AnyRecord;

/**
 * Creates the reference decoder of a resource, which defines what every other decoder of it has to produce. A member is
 * decoded when it is first read, because most operations read a few of them.
 */
export function recordDecoder(resource: ResourceDeclaration): DecodeRecord {
  const decode = lazyMembers(resource.fields);
  return (json, context) =>
    isJsonObject(json) ? (decode(json, context) as AnyRecord) : malformedRecord(resource, context);
}

/** A record in the place of a list element that is no object, so that no position in the list moves. */
export function malformedRecord({ noun, fields }: ResourceDeclaration, context: DecodeContext): AnyRecord {
  const member = malformed(noun, context);
  return Object.fromEntries(Object.keys(fields).map((name) => [name, member]));
}

/** The SID of a record; `null` if the upstream sent none, or one of a wrong type. */
export function sidOf({ sid }: AnyRecord): string | null {
  return typeof sid === 'string' ? sid : null;
}
