import type { ObjectFieldBuilder, ObjectRef } from '@pothos/core';
import type { RelationDeclaration } from '../../resources/define.js';
import { MalformedMember, MalformedMemberError, unwrap } from '../../resources/member.js';
import type { SchemaTypes } from './builder.js';
import { loadRelated } from './load-node.js';
import { type RecordNode, withRecord } from './record-node.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

/**
 * The field of a relation. The other record is only requested if a field beyond its SID is selected.
 *
 * @param t - field builder of the type that has the field
 * @param type - type of the other record
 */
export function relationField(
  t: ObjectFieldBuilder<Types, RecordNode>,
  relation: RelationDeclaration,
  type: ObjectRef<Types, RecordNode>,
) {
  const { from, to, sid: member, description } = relation;
  return t.field({
    type,
    nullable: true,
    description,
    extensions: { relation },
    resolve: (node, _args, context, info) =>
      withRecord(node, from, context, (record) => {
        const sid = unwrap(record[member] ?? null);
        if (sid === null) return null;
        if (typeof sid !== 'string' || to.single?.sidPattern.test(sid) !== true) {
          throw new MalformedMemberError(new MalformedMember(`the SID of ${to.noun}`, null));
        }
        return loadRelated(to, sid, context, info);
      }),
  });
}
