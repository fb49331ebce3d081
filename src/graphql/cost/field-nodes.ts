import type { collectFields } from '@graphql-tools/utils';
import type { FieldNode } from 'graphql';

/** The fields of a selection set by their response keys, and those of each deferred part. */
export type CollectedFields = ReturnType<typeof collectFields>;

/** The nodes of each field of a selection set, deferred ones included. A field that is also deferred comes once for each part. */
export function allFieldNodes({ fields, patches }: CollectedFields): readonly (readonly FieldNode[])[] {
  return [fields, ...patches.map((patch) => patch.fields)].flatMap((part) => [...part.values()]);
}
