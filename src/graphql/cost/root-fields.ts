import { collectFields } from '@graphql-tools/utils';
import type { DocumentNode, GraphQLField, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Arguments } from '../arguments.js';
import { listFieldOf } from '../schema/declared.js';
import type { ListField } from '../schema/list-field.js';
import { allFieldNodes } from './field-nodes.js';
import { fragmentsOf } from './fragments.js';
import type { Selection } from './lookahead.js';
import { unlessInvalid } from './unless-invalid.js';

/** An operation that has been found in its document. */
export interface ValidOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
}

/** A field of `Query` or `Subscription` that an operation selects. */
export interface RootField {
  readonly definition: GraphQLField<unknown, unknown>;
  /** `null`: the field is not answered from a list. */
  readonly list: ListField | null;
  readonly selection: Selection;
}

/** The root fields that an operation selects, deferred ones included, once for each response key. */
export function rootFields(
  { schema, document, definition }: ValidOperation,
  variableValues: Arguments,
): readonly RootField[] {
  const root = schema.getRootType(definition.operation);
  if (root == null) return [];
  const fragments = fragmentsOf(document);
  const collected = unlessInvalid(() =>
    collectFields(schema, fragments, variableValues, root, definition.selectionSet),
  );
  if (collected === null) return [];
  return allFieldNodes(collected).flatMap((fieldNodes) => {
    const [node] = fieldNodes;
    const field = node && root.getFields()[node.name.value];
    if (field === undefined) return [];
    const selection = { schema, fragments, variableValues, fieldNodes };
    return [{ definition: field, list: listFieldOf(field), selection }];
  });
}
