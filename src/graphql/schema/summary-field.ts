import type { ObjectFieldBuilder } from '@pothos/core';
import type { ListDeclaration } from '../../resources/define.js';
import type { SummaryDeclaration } from '../../resources/summary.js';
import { UPSTREAM_REQUEST_COST } from '../cost/weights.js';
import type { SchemaTypes } from './builder.js';
import type { InputTypes, NoArguments } from './input-types.js';
import { filterOf, type ListField, listRead, loadListRead } from './list-field.js';
import type { OutputTypes } from './output-types.js';
import { parentSidOf, type RecordNode } from './record-node.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

/**
 * The field of a summary.
 *
 * @param t - field builder of the parent type, or of `Query`
 */
export function summaryField(
  t: ObjectFieldBuilder<Types, RecordNode>,
  list: ListDeclaration,
  summary: SummaryDeclaration,
  inputs: InputTypes,
  outputs: OutputTypes,
) {
  const field: ListField = { list, summary };
  return t.field({
    type: outputs.objectType(summary.type) as 'String',
    nullable: true,
    cost: UPSTREAM_REQUEST_COST,
    description: summary.description,
    args: {
      ...inputs.arguments(t, list.arguments, summary.fixed),
      ...inputs.filter(t, filterOf(field)),
      ...inputs.arguments(t, summary.arguments),
    } as NoArguments,
    extensions: { listField: field },
    resolve: async (parent: RecordNode | undefined, given, { loaders }) => {
      const loaded = await loadListRead(listRead(field, given), loaders, parentSidOf(parent));
      return loaded === null ? null : ((loaded as { readonly value: unknown }).value as string);
    },
  });
}
