import { collectSubFields } from '@graphql-tools/utils';
import { type GraphQLObjectType, type GraphQLResolveInfo, getArgumentValues } from 'graphql';
import type { ConnectionArguments } from '../paging/arguments.js';

/** What an operation wants of a SIM, beyond its existence. */
export interface SimSelection {
  /** Whether any field is asked for that only the SIM's own record can answer. */
  readonly record: boolean;
  /** The windows of data sessions that are asked for. */
  readonly windows: readonly ConnectionArguments[];
}

/** Fields that the SID alone answers. */
const BY_SID = new Set(['__typename', 'id', 'sid']);

/**
 * Reads from the operation what will be asked of a SIM, so that all of it can be requested side by side, and
 * no more of it than the answer needs. Fragments, aliases, variables, `@include` and `@skip` are seen through;
 * what is deferred is left for later.
 *
 * @param info - of a field whose value is the SIM, or an interface or union that it belongs to
 */
export function selectionOfSim(info: GraphQLResolveInfo): SimSelection {
  const { schema, fragments, variableValues, fieldNodes } = info;
  const sim = schema.getType('Sim') as GraphQLObjectType;
  const definitions = sim.getFields();
  const { fields } = collectSubFields(schema, fragments, variableValues, sim, [...fieldNodes]);
  const windows: ConnectionArguments[] = [];
  let record = false;
  for (const [node] of fields.values()) {
    const definition = node && definitions[node.name.value];
    if (node === undefined || BY_SID.has(node.name.value)) continue;
    if (definition?.name === 'dataSessions') {
      windows.push(getArgumentValues(definition, node, variableValues));
    } else {
      record = true;
    }
  }
  return { record, windows };
}
