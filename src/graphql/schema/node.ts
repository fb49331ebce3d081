import type { GraphQLResolveInfo } from 'graphql';
import { InputError } from '../errors.js';
import type { OperationContext } from './builder.js';
import { type GlobalId, isGlobalId } from './global-id.js';
import { loadSim } from './sim-node.js';

/**
 * Fetches the object that a global id names.
 *
 * @returns `null` for what the upstream does not know, and for types that cannot be fetched by id: it has no
 *   way to get at one data session.
 */
export async function loadNode(globalId: GlobalId, context: OperationContext, info: GraphQLResolveInfo) {
  if (!isGlobalId(globalId)) {
    throw new InputError('this is no id of this graph: expected the `id` of an object, as it was answered');
  }
  return globalId.typename === 'Sim' ? loadSim(globalId.id, context, info) : null;
}
