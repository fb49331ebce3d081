import { collectFields } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import type { Viewer } from '../../guards/authentication/viewer.js';
import { ArgumentError, readArguments, type WindowRequest } from '../../pagination/arguments.js';
import { type ListDeclaration, listKey, type ResourceDeclaration } from '../../resources/define.js';
import { type Arguments, argumentsOf } from '../arguments.js';
import { listArguments } from '../schema/connection-field.js';
import { decodeGlobalId, sidOfReference } from '../schema/global-id.js';
import { fragmentsOf } from './fragments.js';
import {
  listOf,
  type RequestedWindow,
  requestedData,
  type Selection,
  selectionsOfNodes,
} from './lookahead.js';
import { resourcesOf } from './resources.js';

/** An operation before it is executed. */
export interface PlannedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  /** As the client sent them. */
  readonly variableValues?: Record<string, unknown> | null | undefined;
}

/** An operation of a validated document. */
export interface ValidOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
}

/**
 * Upper bound of the upstream requests that an operation can take, retries and empty pages aside. Each record counts 1,
 * each window what `windowCost` says; the same record, and windows that start at the same point of a list, count once.
 * What is selected below the nodes of a window counts once for each node that the window can have.
 *
 * @returns 0 for an operation that will be rejected anyway
 */
export function estimateMaxCost(operation: PlannedOperation, viewer: Viewer): number {
  const { schema, document, operationName, variableValues: given } = operation;
  const definition = getOperationAST(document, operationName);
  if (definition == null) return 0;
  const { coerced } = getVariableValues(schema, definition.variableDefinitions ?? [], given ?? {});
  return coerced === undefined ? 0 : maxCostOf({ schema, document, definition }, coerced, viewer);
}

/** As `estimateMaxCost`, for an operation that will not be rejected. @param variableValues - coerced */
export function maxCostOf(
  { schema, document, definition }: ValidOperation,
  variableValues: Arguments,
  viewer: Viewer,
): number {
  const query = schema.getQueryType();
  if (query == null) return 0;
  const fragments = fragmentsOf(document);
  const { fields, patches } = collectFields(
    schema,
    fragments,
    variableValues,
    query,
    definition.selectionSet,
  );
  const estimate = new CostEstimate(schema, viewer);
  for (const part of [fields, ...patches.map((patch) => patch.fields)]) {
    for (const fieldNodes of part.values()) {
      const [node] = fieldNodes;
      const field = node && query.getFields()[node.name.value];
      if (node === undefined || field === undefined) continue;
      const args = validArguments(field, node, variableValues);
      if (args !== null) estimate.addRoot(field, args, { schema, fragments, variableValues, fieldNodes });
    }
  }
  return estimate.total;
}

/** Adds up what an operation requests, each of it once. */
class CostEstimate {
  readonly #viewer: Viewer;
  readonly #resources: ReadonlyMap<string, ResourceDeclaration>;
  readonly #records = new Map<ResourceDeclaration, Set<string>>();
  readonly #windows = new Map<string, number>();
  #nested = 0;

  constructor(schema: GraphQLSchema, viewer: Viewer) {
    this.#viewer = viewer;
    this.#resources = resourcesOf(schema);
  }

  /** Adds a field of `Query`. A field that requests nothing costs nothing. */
  addRoot(field: GraphQLField<unknown, unknown>, args: Arguments, selection: Selection): void {
    const list = listOf(field);
    if (list !== null) {
      const window = { list, args: listArguments(list, args), window: args, nodes: selection.fieldNodes };
      this.#addWindow('', window, selection);
      return;
    }
    const references = referencesOf(field, args, this.#resources);
    for (const [resource, sids] of references) this.#addObjects(resource, sids, selection);
  }

  get total(): number {
    let total = this.#nested;
    for (const cost of this.#windows.values()) total += cost;
    // Several records are first looked for in one listing, which may not have them.
    for (const sids of this.#records.values()) total += sids.size + (sids.size > 1 ? 1 : 0);
    return total;
  }

  #addObjects(resource: ResourceDeclaration, sids: ReadonlySet<string>, selection: Selection): void {
    const initial = requestedData(resource, selection, this.#viewer);
    const { record, lists } = requestedData(resource, selection, this.#viewer, { deferred: true });
    for (const sid of sids) {
      // Without a window it is the record that tells whether the object exists.
      if (record || initial.lists.length === 0) this.#addRecord(resource, sid);
      for (const window of lists) this.#addWindow(sid, window, selection);
    }
  }

  #addRecord(resource: ResourceDeclaration, sid: string): void {
    let sids = this.#records.get(resource);
    if (sids === undefined) {
      sids = new Set();
      this.#records.set(resource, sids);
    }
    sids.add(sid);
  }

  #addWindow(parentSid: string, requested: RequestedWindow, selection: Selection): void {
    const request = windowRequest(requested);
    if (request === null) return;
    const { list, args } = requested;
    const { direction, after, before } = request;
    const key = JSON.stringify([listKey(list, parentSid, args), direction, after, before]);
    this.#windows.set(key, windowCost(request, list));
    this.#nested += request.count * this.#costPerNode(requested, selection);
  }

  /** What one node of a window can request. Its record came with the page. */
  #costPerNode(requested: RequestedWindow, selection: Selection): number {
    let cost = 0;
    const { resource } = requested.list;
    for (const nodes of selectionsOfNodes(requested, selection)) {
      const { lists } = requestedData(resource, nodes, this.#viewer, { deferred: true });
      for (const nested of lists) {
        const request = windowRequest(nested);
        if (request === null) continue;
        cost += windowCost(request, nested.list) + request.count * this.#costPerNode(nested, nodes);
      }
    }
    return cost;
  }
}

/** The objects that a field of `Query` fetches by SID or global ID. */
function referencesOf(
  field: GraphQLField<unknown, unknown>,
  args: Arguments,
  resources: ReadonlyMap<string, ResourceDeclaration>,
): Map<ResourceDeclaration, Set<string>> {
  const references = new Map<ResourceDeclaration, Set<string>>();
  const add = (resource: ResourceDeclaration | undefined, sid: unknown): void => {
    if (resource === undefined || typeof sid !== 'string') return;
    references.set(resource, (references.get(resource) ?? new Set()).add(sid));
  };
  const addGlobalId = (globalId: unknown): void => {
    const { typename, id } = decodeGlobalId(globalId);
    add(resources.get(typename), id);
  };
  const { single } = field.extensions as { readonly single?: ResourceDeclaration };
  if (single !== undefined) add(single, args.sid);
  else if (field.name === 'node') addGlobalId(args.id);
  else if (field.name === 'nodes') elements(args.ids).forEach(addGlobalId);
  else if (field.name === '_entities') {
    for (const representation of elements(args.representations)) {
      if (typeof representation !== 'object' || representation === null) continue;
      const { __typename: name } = representation as { readonly __typename?: unknown };
      const resource = resources.get(String(name));
      if (resource !== undefined) add(resource, sidOfReference(resource, representation));
    }
  }
  return references;
}

/** Invalid arguments are the error of their field, which then requests nothing. */
function windowRequest({ window }: RequestedWindow): WindowRequest | null {
  try {
    return readArguments(window);
  } catch (error) {
    if (error instanceof ArgumentError) return null;
    throw error;
  }
}

/**
 * A window without a cursor is one page, because no window is larger than a page can be. With a cursor it can take one
 * page more. `last` without `before` walks from the first page of a list of unknown length, up to the page budget.
 */
function windowCost({ direction, after, before }: WindowRequest, { pageBudget }: ListDeclaration): number {
  if (direction === 'backward' && before === null) return pageBudget;
  return after === null && before === null ? 1 : 2;
}

function validArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variableValues: Arguments,
): Arguments | null {
  try {
    return argumentsOf(field, node, variableValues);
  } catch {
    // The field reports what is wrong with them.
    return null;
  }
}

function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
