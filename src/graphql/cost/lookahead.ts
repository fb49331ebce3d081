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
import type { ConnectionArguments } from '../../pagination/arguments.js';
import type { ListArguments, ListDeclaration, ResourceDeclaration } from '../../resources/define.js';
import type { Viewer } from '../../resources/viewer.js';
import { type Arguments, argumentsOf } from '../arguments.js';
import { listArguments } from '../schema/connection-field.js';
import { listOf } from '../schema/declared.js';
import { canRead } from '../schema/scope-enforcement.js';
import { unlessInvalid } from './unless-invalid.js';

/** A window of a list that is selected below an object or below `Query`. */
export interface RequestedWindow {
  readonly list: ListDeclaration;
  readonly args: ListArguments;
  readonly window: ConnectionArguments;
  /** Nodes of the connection field. */
  readonly fieldNodes: readonly FieldNode[];
}

/** What an operation reads of an object beyond its SID. */
export interface RequestedData {
  /** Whether a field is selected that only the object's record can answer. */
  readonly record: boolean;
  readonly windows: readonly RequestedWindow[];
}

/** Fields that select one object or one list, and what their selections depend on. */
export type Selection = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'variableValues' | 'fieldNodes'>;

/** A list that is selected below an object, and the nodes of its connection field. */
export interface SelectedList {
  readonly list: ListDeclaration;
  readonly fieldNodes: readonly FieldNode[];
}

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
  return read(resource, selection, [collect(resource.name, selection).fields], viewer);
}

/** As `requestedData`, with deferred fields: everything that the operation reads in the end. */
export function requestedDataIncludingDeferred(
  resource: ResourceDeclaration,
  selection: Selection,
  viewer: Viewer,
): RequestedData {
  return read(resource, selection, partsOf(resource.name, selection), viewer);
}

/** The lists that are selected below an object, deferred ones included, once for each response key. */
export function selectedLists({ name }: ResourceDeclaration, selection: Selection): readonly SelectedList[] {
  const definitions = fieldsOf(name, selection);
  if (!Object.values(definitions).some(listOf)) return [];
  return partsOf(name, selection).flatMap((part) =>
    [...part.values()].flatMap((fieldNodes) => {
      const [node] = fieldNodes;
      const definition = node && definitions[node.name.value];
      const list = definition === undefined ? null : listOf(definition);
      return list === null ? [] : [{ list, fieldNodes }];
    }),
  );
}

/** The selections of a list's records. @param selection - of the connection field */
export function selectionsOfRecords(list: ListDeclaration, selection: Selection): readonly Selection[] {
  const { typeName: name } = list;
  return [
    ...subSelections(`${name}Connection`, 'nodes', selection),
    // An invalid condition is an error of these edges alone: `nodes` beside them is resolved.
    ...subSelections(`${name}Connection`, 'edges', selection).flatMap(
      (edges) => unlessInvalid(() => subSelections(`${name}Edge`, 'node', edges)) ?? [],
    ),
  ];
}

/**
 * The window that a connection field selects.
 *
 * @param fieldNodes - nodes of the field
 * @returns `null` for invalid arguments: the field reports the error, and requests nothing
 */
export function requestedWindow(
  definition: GraphQLField<unknown, unknown>,
  list: ListDeclaration,
  fieldNodes: readonly FieldNode[],
  variableValues: Arguments,
): RequestedWindow | null {
  const [node] = fieldNodes;
  if (node === undefined) return null;
  return unlessInvalid(() => {
    const given = argumentsOf(definition, node, variableValues);
    return { list, args: listArguments(list, given), window: given, fieldNodes };
  });
}

type Fields = ReadonlyMap<string, readonly FieldNode[]>;

function read(
  { name }: ResourceDeclaration,
  selection: Selection,
  parts: readonly Fields[],
  viewer: Viewer,
): RequestedData {
  const definitions = fieldsOf(name, selection);
  const windows: RequestedWindow[] = [];
  let record = false;
  for (const fields of parts) {
    for (const fieldNodes of fields.values()) {
      const [node] = fieldNodes;
      const definition = node && definitions[node.name.value];
      if (definition === undefined || BY_SID.has(definition.name) || !canRead(definition, viewer)) continue;
      const list = listOf(definition);
      if (list === null) {
        record = true;
      } else {
        const window = requestedWindow(definition, list, fieldNodes, selection.variableValues);
        if (window !== null) windows.push(window);
      }
    }
  }
  return { record, windows };
}

/** The selections of one field of an object type, one for each response key. */
function subSelections(typeName: string, field: string, selection: Selection): readonly Selection[] {
  return partsOf(typeName, selection).flatMap((part) =>
    [...part.values()]
      .filter(([node]) => node?.name.value === field)
      .map((fieldNodes) => ({ ...selection, fieldNodes })),
  );
}

function partsOf(typeName: string, selection: Selection): readonly Fields[] {
  const { fields, patches } = collect(typeName, selection);
  return [fields, ...patches.map((patch) => patch.fields)];
}

function fieldsOf(
  typeName: string,
  { schema }: Selection,
): Readonly<Record<string, GraphQLField<unknown, unknown>>> {
  const type = schema.getType(typeName);
  return isObjectType(type) ? type.getFields() : {};
}

type Collected = ReturnType<typeof collectSubFields>;

const NOTHING: Collected = { fields: new Map(), patches: [] };

/** Collected fields of selections without directives, which are the same for all variables; by field and type name. */
const constant = new WeakMap<FieldNode, Map<string, Collected>>();

function collect(typeName: string, { schema, fragments, variableValues, fieldNodes }: Selection): Collected {
  const [node] = fieldNodes;
  const isSingle = node !== undefined && fieldNodes.length === 1;
  const known = isSingle ? constant.get(node)?.get(typeName) : undefined;
  if (known !== undefined) return known;
  const type = schema.getType(typeName);
  if (!isObjectType(type)) return NOTHING;
  const collected = collectSubFields(schema, fragments, variableValues, type, [...fieldNodes]);
  if (isSingle && !hasDirective(fieldNodes, fragments)) {
    const byType = constant.get(node) ?? new Map<string, Collected>();
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
