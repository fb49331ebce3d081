import { MAX_WINDOW } from '../../pagination/arguments.js';
import type { RelationDeclaration, ResourceDeclaration } from '../../resources/define.js';
import type { Arguments } from '../arguments.js';
import { fetchableResources, resourceNamed, singleReadOf } from '../schema/declared.js';
import type { ListField } from '../schema/list-field.js';
import { type Selection, selectedFields, selectionsOfRecords } from './lookahead.js';
import { maxReferences } from './references.js';
import { rootFields, type ValidOperation } from './root-fields.js';

/**
 * Upper bound of the upstream requests of an operation for all viewers and variables, except for the variables in
 * `@include` and `@skip`: as if every object and every window were another one, and each the most expensive.
 *
 * @param conditions - at least the variables in `@include` and `@skip`, each a Boolean
 */
export function costCeiling(operation: ValidOperation, conditions: Arguments): number {
  const resources = fetchableResources(operation.schema);
  let records = 0;
  let below = 0;
  for (const { definition, list, selection } of rootFields(operation, conditions)) {
    if (list !== null) {
      below += listCeiling(list, selection);
      continue;
    }
    const single = singleReadOf(definition);
    const objects = single === null ? maxReferences(definition) : 1;
    if (objects === 0) continue;
    records += objects;
    const candidates = single === null ? resources : [single];
    const perObject = candidates.map((resource) => objectCeiling(resource, selection));
    const most = Math.max(0, ...perObject);
    // Without lists nothing is multiplied: infinitely many objects times nothing is not a number.
    if (most > 0) below += objects * most;
  }
  return records + (records > 1 ? resources.length : 0) + below;
}

/** The most that a read of a list, and what is selected below its records, can take for any arguments. */
function listCeiling(field: ListField, selection: Selection): number {
  const nested = selectionsOfRecords(field, selection).map((records) => {
    const resource = resourceNamed(selection.schema, records.resource);
    return resource === null ? 0 : objectCeiling(resource, records.selection);
  });
  const records = field.summary === null ? MAX_WINDOW : 1;
  return field.list.pageBudget + records * sum(nested);
}

function relationCeiling({ to }: RelationDeclaration, selection: Selection): number {
  return 1 + objectCeiling(to, selection);
}

/** The same for everything that is selected below an object. */
function objectCeiling(resource: ResourceDeclaration, selection: Selection): number {
  const fields = selectedFields(resource, selection).map(({ list, relation, fieldNodes }) => {
    const inner = { ...selection, fieldNodes };
    if (list !== null) return listCeiling(list, inner);
    return relation === null ? 0 : relationCeiling(relation, inner);
  });
  return sum(fields);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
