import { collectFields } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { MAX_WINDOW, readArguments, type WindowRequest } from '../../pagination/arguments.js';
import {
  type ListDeclaration,
  listKey,
  type ResourceDeclaration,
  revealsParent,
} from '../../resources/define.js';
import type { Viewer } from '../../resources/viewer.js';
import { type Arguments, argumentsOf } from '../arguments.js';
import { fetchableResources, listOf, singleReadOf } from '../schema/declared.js';
import { decodeGlobalId, sidOfReference } from '../schema/global-id.js';
import { fragmentsOf } from './fragments.js';
import {
  type RequestedWindow,
  requestedData,
  requestedDataIncludingDeferred,
  requestedWindow,
  type SelectedList,
  type Selection,
  selectedLists,
  selectionsOfRecords,
} from './lookahead.js';
import { unlessInvalid } from './unless-invalid.js';

/** An operation, before it is executed. */
export interface PlannedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  /** As the client sent them. */
  readonly variableValues?: Record<string, unknown> | null | undefined;
}

/** An operation that has been found in its document. */
export interface ValidOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
}

/**
 * Upstream requests that an operation can take at most, retries and empty pages aside, if the upstream returns pages of
 * the requested size. Each record that has to be fetched counts 1, each window what `windowCost` says; the same record,
 * and windows that start at the same point of a list, count once. What is selected below the records of a window counts
 * once for each record that the window can have. If the upstream rejects large pages, a window takes up to four
 * requests more until a size is found, and as many pages of that size as it needs within its budget.
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

/** As `estimateMaxCost`, for an operation whose variables have been coerced. */
export function maxCostOf(operation: ValidOperation, variableValues: Arguments, viewer: Viewer): number {
  const estimate = new CostEstimate(viewer);
  const resources = fetchableResources(operation.schema);
  for (const { definition, list, selection } of rootFields(operation, variableValues)) {
    if (list !== null) {
      const window = requestedWindow(definition, list, selection.fieldNodes, variableValues);
      if (window !== null) estimate.addWindow('', window, selection);
      continue;
    }
    const [node] = selection.fieldNodes;
    const args = node && unlessInvalid(() => argumentsOf(definition, node, variableValues));
    if (args == null) continue;
    for (const [resource, sids] of referencesOf(definition, args, resources)) {
      estimate.addObjects(resource, sids, selection);
    }
  }
  return estimate.total;
}

/**
 * Upper bound of the upstream requests of an operation for all viewers and variables, except for the variables in
 * `@include` and `@skip`: as if every object and every window were another one, and each the most expensive.
 *
 * @param conditions - at least the variables in `@include` and `@skip`, each a Boolean
 */
export function costCeiling(operation: ValidOperation, conditions: Arguments): number {
  const resources = fetchableResources(operation.schema);
  let records = 0;
  let windows = 0;
  for (const { definition, list, selection } of rootFields(operation, conditions)) {
    if (list !== null) {
      windows += windowCeiling({ list, fieldNodes: selection.fieldNodes }, selection);
      continue;
    }
    const single = singleReadOf(definition);
    const objects = single === null ? maxReferences(definition) : 1;
    if (objects === 0) continue;
    records += objects;
    const candidates = single === null ? resources : [single];
    const perObject = candidates.map((resource) => listsCeiling(resource, selection));
    const most = Math.max(0, ...perObject);
    // Without windows nothing is multiplied: infinitely many objects times nothing is not a number.
    if (most > 0) windows += objects * most;
  }
  return records + (records > 1 ? resources.length : 0) + windows;
}

/** A field of `Query` that an operation selects. */
interface RootField {
  readonly definition: GraphQLField<unknown, unknown>;
  /** `null`: the field fetches no list. */
  readonly list: ListDeclaration | null;
  readonly selection: Selection;
}

function rootFields(
  { schema, document, definition }: ValidOperation,
  variableValues: Arguments,
): RootField[] {
  const query = schema.getQueryType();
  if (query == null) return [];
  const fragments = fragmentsOf(document);
  const collected = unlessInvalid(() =>
    collectFields(schema, fragments, variableValues, query, definition.selectionSet),
  );
  if (collected === null) return [];
  const parts = [collected.fields, ...collected.patches.map(({ fields }) => fields)];
  return parts.flatMap((part) =>
    [...part.values()].flatMap((fieldNodes) => {
      const [node] = fieldNodes;
      const field = node && query.getFields()[node.name.value];
      if (field === undefined) return [];
      const selection = { schema, fragments, variableValues, fieldNodes };
      return [{ definition: field, list: listOf(field), selection }];
    }),
  );
}

/** Adds up what an operation requests, each of it once. */
class CostEstimate {
  readonly #viewer: Viewer;
  readonly #records = new Map<ResourceDeclaration, Set<string>>();
  readonly #windows = new Map<string, number>();
  #nested = 0;

  constructor(viewer: Viewer) {
    this.#viewer = viewer;
  }

  get total(): number {
    let total = this.#nested;
    for (const cost of this.#windows.values()) total += cost;
    // Several records are first looked for in one listing, which may not have them.
    for (const [{ single }, { size }] of this.#records) {
      total += size + (single?.bulkList === true && size > 1 ? 1 : 0);
    }
    return total;
  }

  /** Adds objects that are fetched by SID. */
  addObjects(resource: ResourceDeclaration, sids: ReadonlySet<string>, selection: Selection): void {
    const requested = unlessInvalid(() => ({
      initial: requestedData(resource, selection, this.#viewer),
      whole: requestedDataIncludingDeferred(resource, selection, this.#viewer),
    }));
    if (requested === null) return;
    const { initial, whole } = requested;
    // The record tells whether the object exists, unless every window does.
    const needsRecord =
      whole.record ||
      initial.windows.length === 0 ||
      !initial.windows.every(({ list }) => revealsParent(list));
    for (const sid of sids) {
      if (needsRecord) this.#addRecord(resource, sid);
      for (const window of whole.windows) this.addWindow(sid, window, selection);
    }
  }

  #addRecord(resource: ResourceDeclaration, sid: string): void {
    const sids = this.#records.get(resource) ?? new Set();
    this.#records.set(resource, sids.add(sid));
  }

  /** @param parentSid - empty for a list of `Query` */
  addWindow(parentSid: string, requested: RequestedWindow, selection: Selection): void {
    const request = readWindow(requested);
    if (request === null) return;
    this.#windows.set(windowKey(parentSid, requested, request), windowCost(request, requested.list));
    this.#nested += request.count * this.#costOfRecord(requested, selection);
  }

  /**
   * What one record of a window can request. Its own fields came with the page. A selection set with an invalid condition
   * is an error of its object, and requests nothing; the selection sets beside it do.
   */
  #costOfRecord({ list, fieldNodes }: RequestedWindow, selection: Selection): number {
    const windows = new Map<string, number>();
    let nested = 0;
    const records = unlessInvalid(() => selectionsOfRecords(list, { ...selection, fieldNodes })) ?? [];
    for (const record of records) {
      const requested = unlessInvalid(() =>
        requestedDataIncludingDeferred(list.resource, record, this.#viewer),
      );
      for (const window of requested?.windows ?? []) {
        const request = readWindow(window);
        if (request === null) continue;
        windows.set(windowKey('', window, request), windowCost(request, window.list));
        nested += request.count * this.#costOfRecord(window, record);
      }
    }
    return sum([...windows.values()]) + nested;
  }
}

/** Identifies the walk of a window: windows that start at the same point of a list are one walk. */
function windowKey(parentSid: string, { list, args }: RequestedWindow, request: WindowRequest): string {
  const { direction, after, before } = request;
  return JSON.stringify([listKey(list, parentSid, args), list.field, direction, after, before]);
}

/**
 * A window without a cursor is one page, because no window is larger than a page can be. With a cursor it can take one
 * page more. `last` without `before` walks from the first page of a list of unknown length, up to the page budget.
 */
function windowCost({ direction, after, before }: WindowRequest, { pageBudget }: ListDeclaration): number {
  if (direction === 'backward' && before === null) return pageBudget;
  return after === null && before === null ? 1 : 2;
}

/** The most that a window of a list, and what is selected below its records, can cost for any arguments. */
function windowCeiling({ list, fieldNodes }: SelectedList, selection: Selection): number {
  const nested = selectionsOfRecords(list, { ...selection, fieldNodes }).map((record) =>
    listsCeiling(list.resource, record),
  );
  return list.pageBudget + MAX_WINDOW * sum(nested);
}

/** The same for all lists that are selected below an object. */
function listsCeiling(resource: ResourceDeclaration, selection: Selection): number {
  return sum(selectedLists(resource, selection).map((selected) => windowCeiling(selected, selection)));
}

/** How many objects a field of `Query` can fetch by global ID or by the keys of entities. */
function maxReferences({ name }: GraphQLField<unknown, unknown>): number {
  if (name === 'node') return 1;
  return name === 'nodes' || name === '_entities' ? Number.POSITIVE_INFINITY : 0;
}

/** The objects that a field of `Query` fetches by SID, by global ID, or by the keys of entities. */
function referencesOf(
  definition: GraphQLField<unknown, unknown>,
  args: Arguments,
  resources: readonly ResourceDeclaration[],
): ReadonlyMap<ResourceDeclaration, ReadonlySet<string>> {
  const references = new Map<ResourceDeclaration, Set<string>>();
  const add = (resource: ResourceDeclaration | undefined, sid: unknown): void => {
    if (resource === undefined || typeof sid !== 'string') return;
    const sids = references.get(resource) ?? new Set();
    references.set(resource, sids.add(sid));
  };
  const byName = (name: unknown) => resources.find((resource) => resource.name === name);
  const addGlobalId = (globalId: unknown): void => {
    const { typename, id } = decodeGlobalId(globalId);
    add(byName(typename), id);
  };
  const single = singleReadOf(definition);
  if (single !== null) add(single, args.sid);
  else if (definition.name === 'node') addGlobalId(args.id);
  else if (definition.name === 'nodes') elements(args.ids).forEach(addGlobalId);
  else if (definition.name === '_entities') {
    for (const representation of elements(args.representations)) {
      if (typeof representation !== 'object' || representation === null) continue;
      const resource = byName((representation as { readonly __typename?: unknown }).__typename);
      if (resource !== undefined) add(resource, sidOfReference(resource, representation));
    }
  }
  return references;
}

function readWindow({ window }: RequestedWindow): WindowRequest | null {
  return unlessInvalid(() => readArguments(window));
}

function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
