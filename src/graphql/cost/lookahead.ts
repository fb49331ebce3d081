import { collectSubFields } from '@graphql-tools/utils';
import {
  type ASTNode,
  BREAK,
  type FieldNode,
  type GraphQLField,
  type GraphQLResolveInfo,
  isObjectType,
  visit,
} from 'graphql';
import type { ListDeclaration, RelationDeclaration, ResourceDeclaration } from '../../resources/define.js';
import type { Viewer } from '../../resources/viewer.js';
import { type Arguments, argumentsOf } from '../arguments.js';
import { listFieldOf, relationOf } from '../schema/declared.js';
import { type ListField, type ListRead, listRead } from '../schema/list-field.js';
import { canRead } from '../schema/scope-enforcement.js';
import { allFieldNodes, type CollectedFields } from './field-nodes.js';
import { unlessInvalid } from './unless-invalid.js';

/** What a field reads of a list, and the nodes of the field. */
export interface RequestedRead {
  readonly field: ListField;
  readonly read: ListRead;
  readonly fieldNodes: readonly FieldNode[];
}

/** A record that an object refers to. */
export interface RequestedRelation {
  readonly relation: RelationDeclaration;
  readonly fieldNodes: readonly FieldNode[];
}

/** What an operation reads of an object beyond its SID. */
export interface RequestedData {
  /** Whether a field is selected that only the object's record can answer. */
  readonly record: boolean;
  /** Whether a list is selected with invalid arguments: its field is an error, and asks nothing of the object. */
  readonly hasInvalid: boolean;
  readonly reads: readonly RequestedRead[];
  readonly relations: readonly RequestedRelation[];
}

/** Fields that select one object or one list, and what their selections depend on. */
export type Selection = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'variableValues' | 'fieldNodes'>;

/** Fields that the SID answers. */
const BY_SID: ReadonlySet<string> = new Set(['__typename', 'id', 'sid']);

/**
 * Looks ahead at what an operation reads of an object, so that everything can be requested side by side, and nothing that
 * the response does not need. Fragments, aliases, variables, `@include` and `@skip` are resolved; deferred fields are left
 * out, and so are fields that the viewer must not read.
 *
 * @param selection - of a field whose type is the resource's, or an interface or union that has it
 */
export function requestedData(
  resource: ResourceDeclaration,
  selection: Selection,
  viewer: Viewer,
): RequestedData {
  return read(resource, selection, collect(resource.name, selection).fields.values(), viewer);
}

/** As `requestedData`, with deferred fields: everything that the operation reads in the end. */
export function requestedDataIncludingDeferred(
  resource: ResourceDeclaration,
  selection: Selection,
  viewer: Viewer,
): RequestedData {
  return read(resource, selection, allFieldNodes(collect(resource.name, selection)), viewer);
}

/** A field of an object that is answered from a list or from another record, whatever its arguments are. */
export interface SelectedField {
  readonly list: ListField | null;
  readonly relation: RelationDeclaration | null;
  readonly fieldNodes: readonly FieldNode[];
}

/** The lists and relations that are selected below an object, deferred ones included, once for each response key. */
export function selectedFields(
  { name }: ResourceDeclaration,
  selection: Selection,
): readonly SelectedField[] {
  const definitions = fieldsOf(name, selection);
  const isPlain = (field: GraphQLField<unknown, unknown>) =>
    listFieldOf(field) === null && relationOf(field) === null;
  if (Object.values(definitions).every(isPlain)) return [];
  return allFieldNodes(collect(name, selection)).flatMap((fieldNodes) => {
    const [node] = fieldNodes;
    const definition = node && definitions[node.name.value];
    return definition === undefined || isPlain(definition)
      ? []
      : [{ list: listFieldOf(definition), relation: relationOf(definition), fieldNodes }];
  });
}

/**
 * The selections of the records that a field returns, each with the resource of the records.
 *
 * @param selection - of the field
 */
export function selectionsOfRecords(
  { list, summary }: ListField,
  selection: Selection,
): readonly { readonly resource: string; readonly selection: Selection }[] {
  if (summary !== null) {
    const { name, fields } = summary.type;
    return Object.entries(fields).flatMap(([field, { type }]) =>
      typeof type === 'object' && 'node' in type
        ? subSelections(name, field, selection).map((inner) => ({ resource: type.node, selection: inner }))
        : [],
    );
  }
  const { typeName: name, resource } = list;
  const inner = [
    ...subSelections(`${name}Connection`, 'nodes', selection),
    // An invalid condition is an error of these edges alone: `nodes` beside them is resolved.
    ...subSelections(`${name}Connection`, 'edges', selection).flatMap(
      (edges) => unlessInvalid(() => subSelections(`${name}Edge`, 'node', edges)) ?? [],
    ),
  ];
  return inner.map((records) => ({ resource: resource.name, selection: records }));
}

/**
 * The selections of the record of an event.
 *
 * @param selection - of the field of `Subscription`
 */
export function selectionsOfEvent(
  { events, typeName }: ListDeclaration,
  selection: Selection,
): readonly Selection[] {
  if (events === undefined) return [];
  return subSelections(events.typeName, 'edge', selection).flatMap((edges) =>
    subSelections(`${typeName}Edge`, 'node', edges),
  );
}

/**
 * What a field reads of its list.
 *
 * @param fieldNodes - nodes of the field
 * @returns `null` for invalid arguments: the field reports the error, and requests nothing
 */
export function requestedRead(
  definition: GraphQLField<unknown, unknown>,
  field: ListField,
  fieldNodes: readonly FieldNode[],
  variableValues: Arguments,
): RequestedRead | null {
  const [node] = fieldNodes;
  if (node === undefined) return null;
  return unlessInvalid(() => {
    const given = argumentsOf(definition, node, variableValues);
    return { field, read: listRead(field, given), fieldNodes };
  });
}

/** @param selected - nodes of each field */
function read(
  { name }: ResourceDeclaration,
  selection: Selection,
  selected: Iterable<readonly FieldNode[]>,
  viewer: Viewer,
): RequestedData {
  const definitions = fieldsOf(name, selection);
  const reads: RequestedRead[] = [];
  const relations: RequestedRelation[] = [];
  let record = false;
  let hasInvalid = false;
  for (const fieldNodes of selected) {
    const [node] = fieldNodes;
    const definition = node && definitions[node.name.value];
    if (definition === undefined || BY_SID.has(definition.name) || !canRead(definition, viewer)) continue;
    const list = listFieldOf(definition);
    if (list !== null) {
      const read = requestedRead(definition, list, fieldNodes, selection.variableValues);
      if (read === null) hasInvalid = true;
      else reads.push(read);
      continue;
    }
    record = true;
    const relation = relationOf(definition);
    if (relation !== null) relations.push({ relation, fieldNodes });
  }
  return { record, hasInvalid, reads, relations };
}

/** The selections of one field of an object type, one for each response key. */
function subSelections(typeName: string, field: string, selection: Selection): readonly Selection[] {
  return allFieldNodes(collect(typeName, selection))
    .filter(([node]) => node?.name.value === field)
    .map((fieldNodes) => ({ ...selection, fieldNodes }));
}

function fieldsOf(
  typeName: string,
  { schema }: Selection,
): Readonly<Record<string, GraphQLField<unknown, unknown>>> {
  const type = schema.getType(typeName);
  return isObjectType(type) ? type.getFields() : {};
}

const NOTHING: CollectedFields = { fields: new Map(), patches: [] };

/** Collected fields of selections without directives, which are the same for all variables; by field and type name. */
const constant = new WeakMap<FieldNode, Map<string, CollectedFields>>();

function collect(
  typeName: string,
  { schema, fragments, variableValues, fieldNodes }: Selection,
): CollectedFields {
  const [node] = fieldNodes;
  const isSingle = node !== undefined && fieldNodes.length === 1;
  const known = isSingle ? constant.get(node)?.get(typeName) : undefined;
  if (known !== undefined) return known;
  const type = schema.getType(typeName);
  if (!isObjectType(type)) return NOTHING;
  const collected = collectSubFields(schema, fragments, variableValues, type, [...fieldNodes]);
  if (isSingle && !hasDirective(fieldNodes, fragments)) {
    const byType = constant.get(node) ?? new Map<string, CollectedFields>();
    constant.set(node, byType.set(typeName, collected));
  }
  return collected;
}

/** Whether a selection of these fields, or of the fragments in them, has a directive: `@include`, `@defer`, …. */
function hasDirective(nodes: readonly ASTNode[], fragments: Selection['fragments']): boolean {
  let found = false;
  const spread = new Set<string>();
  const look = (node: ASTNode): void => {
    visit(node, {
      Directive() {
        found = true;
        return BREAK;
      },
      FragmentSpread({ name }) {
        const fragment = fragments[name.value];
        if (fragment === undefined || spread.has(name.value)) return;
        spread.add(name.value);
        look(fragment);
      },
    });
  };
  nodes.forEach(look);
  return found;
}
