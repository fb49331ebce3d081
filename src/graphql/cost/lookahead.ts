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
import type { Viewer } from '../../guards/authentication/viewer.js';
import type { ConnectionArguments } from '../../pagination/arguments.js';
import {
  connectionName,
  type ListArguments,
  type ListDeclaration,
  type ResourceDeclaration,
} from '../../resources/define.js';
import { argumentsOf } from '../arguments.js';
import { listArguments } from '../schema/connection-field.js';
import { canRead } from '../schema/scope-enforcement.js';

/** A window of a list that is selected below an object. */
export interface RequestedWindow {
  readonly list: ListDeclaration;
  readonly args: ListArguments;
  readonly window: ConnectionArguments;
  readonly nodes: readonly FieldNode[];
}

/** What an operation reads of an object beyond its SID. */
export interface RequestedData {
  /** Whether a field is selected that only the object's record can answer. */
  readonly record: boolean;
  readonly lists: readonly RequestedWindow[];
}

/** The fields that select the object, and what their selections depend on. */
export type Selection = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'variableValues' | 'fieldNodes'>;

/** Fields that the SID answers. */
const BY_SID: ReadonlySet<string> = new Set(['__typename', 'id', 'sid']);

/**
 * Looks ahead at what an operation reads of an object, so that everything can be requested side by side. Fragments,
 * aliases, variables, `@include` and `@skip` are resolved; fields that the viewer must not read are not requested.
 *
 * @param selection - of a field whose type is the resource's, or an interface or union with it
 * @param deferred - whether deferred fields count, too
 */
export function requestedData(
  resource: ResourceDeclaration,
  selection: Selection,
  viewer: Viewer,
  { deferred = false } = {},
): RequestedData {
  const type = selection.schema.getType(resource.name);
  const lists: RequestedWindow[] = [];
  let record = false;
  if (!isObjectType(type)) return { record, lists };
  const definitions = type.getFields();
  const { fields, patches } = collect(resource, selection);
  const parts = deferred ? [fields, ...patches.map((patch) => patch.fields)] : [fields];
  for (const part of parts) {
    for (const nodes of part.values()) {
      const [node] = nodes;
      const definition = node && definitions[node.name.value];
      if (node === undefined || definition === undefined || BY_SID.has(definition.name)) continue;
      const list = listOf(definition);
      if (list !== null) {
        const given = argumentsOf(definition, node, selection.variableValues);
        lists.push({ list, args: listArguments(list, given), window: given, nodes });
      } else if (canRead(definition, viewer)) {
        record = true;
      }
    }
  }
  return { record, lists };
}

/** The list behind a connection field; `null` for any other field. */
export function listOf({ extensions }: GraphQLField<unknown, unknown>): ListDeclaration | null {
  return (extensions as { readonly list?: ListDeclaration }).list ?? null;
}

/** The selections of a window's nodes, by way of its edges or directly. */
export function selectionsOfNodes({ list, nodes }: RequestedWindow, selection: Selection): Selection[] {
  const connection = `${connectionName(list)}Connection`;
  const edges = subSelections({ ...selection, fieldNodes: nodes }, connection, 'edges');
  return [
    ...subSelections({ ...selection, fieldNodes: nodes }, connection, 'nodes'),
    ...edges.flatMap((edge) => subSelections(edge, `${connectionName(list)}Edge`, 'node')),
  ];
}

/** The selections of one field of an object type, one for each of its aliases. */
function subSelections(selection: Selection, typeName: string, field: string): Selection[] {
  const { schema, fragments, variableValues, fieldNodes } = selection;
  const type = schema.getType(typeName);
  if (!isObjectType(type)) return [];
  const { fields, patches } = collectSubFields(schema, fragments, variableValues, type, [...fieldNodes]);
  const parts = [fields, ...patches.map((patch) => patch.fields)];
  return parts
    .flatMap((part) => [...part.values()])
    .filter(([node]) => node?.name.value === field)
    .map((found) => ({ ...selection, fieldNodes: found }));
}

type Collected = ReturnType<typeof collectSubFields>;

/** Collected fields of selections without directives, which are the same for all variables. */
const constant = new WeakMap<FieldNode, Map<ResourceDeclaration, Collected>>();

function collect(resource: ResourceDeclaration, selection: Selection): Collected {
  const { schema, fragments, variableValues, fieldNodes } = selection;
  const [node] = fieldNodes;
  const known = node && constant.get(node)?.get(resource);
  if (known !== undefined && fieldNodes.length === 1) return known;
  const type = schema.getType(resource.name) as Parameters<typeof collectSubFields>[3];
  const collected = collectSubFields(schema, fragments, variableValues, type, [...fieldNodes]);
  if (node !== undefined && fieldNodes.length === 1 && !hasDirective(fieldNodes, fragments)) {
    const byResource = constant.get(node) ?? new Map<ResourceDeclaration, Collected>();
    constant.set(node, byResource.set(resource, collected));
  }
  return collected;
}

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
