import { type DocumentNode, type GraphQLSchema, getOperationAST, getVariableValues } from 'graphql';
import { type ListDeclaration, type ResourceDeclaration, revealsParent } from '../../resources/define.js';
import type { Viewer } from '../../resources/viewer.js';
import { type Arguments, argumentsOf } from '../arguments.js';
import { fetchableResources, resourceNamed, watchedListOf } from '../schema/declared.js';
import {
  type RequestedData,
  type RequestedRead,
  type RequestedRelation,
  requestedData,
  requestedDataIncludingDeferred,
  requestedRead,
  type Selection,
  selectionsOfEvent,
  selectionsOfRecords,
} from './lookahead.js';
import { FREE, type Price, sumOf, times } from './price.js';
import { readPrice } from './read-price.js';
import { isLookup, referencesOf } from './references.js';
import { rootFields, type ValidOperation } from './root-fields.js';
import { unlessInvalid } from './unless-invalid.js';

/** An operation, before it is executed. */
export interface PlannedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  /** As the client sent them. */
  readonly variableValues?: Record<string, unknown> | null | undefined;
}

/**
 * Upstream requests that an operation can take at most, retries and empty pages aside, if the upstream returns pages of
 * the requested size. Each record that has to be fetched counts 1, each window what `readPrice` says, each walk over a whole
 * list is counted as one; the same record, and reads that start at the same point of a list, count once. What is selected
 * below the records of a window counts once for each record that the window can have. Records of a small collection that
 * others refer to count 1 together, because one page lists them. If the upstream rejects large pages, a window takes up to
 * four requests more until a size is found, and as many pages of that size as it needs within its budget.
 *
 * @param now - milliseconds since 1970
 * @returns nothing for an operation that will be rejected anyway
 */
export function estimateMaxPrice(operation: PlannedOperation, viewer: Viewer, now: number): Price {
  const { schema, document, operationName, variableValues: given } = operation;
  const definition = getOperationAST(document, operationName);
  if (definition == null) return FREE;
  const { coerced } = getVariableValues(schema, definition.variableDefinitions ?? [], given ?? {});
  return coerced === undefined ? FREE : maxPriceOf({ schema, document, definition }, coerced, viewer, now);
}

/** As `estimateMaxPrice`, for an operation whose variables have been coerced. */
export function maxPriceOf(
  operation: ValidOperation,
  variableValues: Arguments,
  viewer: Viewer,
  now: number,
): Price {
  const estimate = new Estimate(viewer, now);
  const resources = fetchableResources(operation.schema);
  for (const { definition, list, selection } of rootFields(operation, variableValues)) {
    if (list !== null) {
      const read = requestedRead(definition, list, selection.fieldNodes, variableValues);
      if (read !== null) estimate.addRead('', read, selection);
      continue;
    }
    const watched = watchedListOf(definition);
    if (watched !== null) {
      estimate.addEvents(watched, selection);
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

/** Adds up what an operation requests, each of it once. */
class Estimate {
  readonly #viewer: Viewer;
  readonly #now: number;
  readonly #records = new Map<ResourceDeclaration, Set<string>>();
  readonly #reads = new Map<string, Price>();
  /** Resources of small collections that records refer to: one request lists them. */
  readonly #listed = new Set<ResourceDeclaration>();
  #nested = FREE;

  constructor(viewer: Viewer, now: number) {
    this.#viewer = viewer;
    this.#now = now;
  }

  get total(): Price {
    const { requests, walks } = sumOf([this.#nested, ...this.#reads.values()]);
    let records = this.#listed.size;
    // Several records are first looked for in one listing, which may not have them.
    for (const [{ single }, { size }] of this.#records) {
      records += size + (single !== null && single.listAbove !== null && size > 1 ? 1 : 0);
    }
    return { requests: requests + records, walks };
  }

  /** Adds objects that are fetched by SID or by another name. */
  addObjects(resource: ResourceDeclaration, sids: ReadonlySet<string>, selection: Selection): void {
    // The record that a lookup finds is requested before its selection is looked at.
    for (const sid of sids) if (isLookup(sid)) this.#addRecord(resource, sid);
    const requested = unlessInvalid(() => ({
      initial: requestedData(resource, selection, this.#viewer),
      whole: requestedDataIncludingDeferred(resource, selection, this.#viewer),
    }));
    if (requested === null) return;
    const { initial, whole } = requested;
    const isKnownByReads = (initial.reads.length > 0 || initial.hasInvalid) && revealParents(initial);
    for (const sid of sids) {
      if (whole.record || !isKnownByReads) this.#addRecord(resource, sid);
      for (const read of whole.reads) this.addRead(sid, read, selection);
    }
    this.#nested = sumOf([
      this.#nested,
      times(sids.size, this.#priceOfRelations(whole.relations, selection)),
    ]);
  }

  #addRecord(resource: ResourceDeclaration, sid: string): void {
    const sids = this.#records.get(resource) ?? new Set();
    this.#records.set(resource, sids.add(sid));
  }

  /** @param parentSid - empty for a list of `Query` */
  addRead(parentSid: string, requested: RequestedRead, selection: Selection): void {
    const read = unlessInvalid(() => readPrice(requested.read, parentSid, this.#now));
    if (read === null) return;
    this.#reads.set(read.key, read.price);
    this.#nested = sumOf([this.#nested, times(read.records, this.#priceOfRecord(requested, selection))]);
  }

  /** Adds the events of a list: the poll, and what is selected below the record of one event. */
  addEvents(list: ListDeclaration, selection: Selection): void {
    const records = unlessInvalid(() => selectionsOfEvent(list, selection)) ?? [];
    const ofEvent = records.map((inner) => ({ resource: list.resource.name, selection: inner }));
    this.#nested = sumOf([this.#nested, { requests: 1, walks: 0 }, this.#priceOfSelections(ofEvent)]);
  }

  /**
   * What one record of a field can request. Its own fields came with the page. A selection set with an invalid condition is
   * an error of its object, and requests nothing; the selection sets beside it do.
   */
  #priceOfRecord({ field, fieldNodes }: RequestedRead, selection: Selection): Price {
    return this.#priceOfSelections(
      unlessInvalid(() => selectionsOfRecords(field, { ...selection, fieldNodes })) ?? [],
    );
  }

  #priceOfSelections(records: ReturnType<typeof selectionsOfRecords>): Price {
    const reads = new Map<string, Price>();
    const nested = records.map(({ resource: name, selection: inner }) => {
      const resource = resourceNamed(inner.schema, name);
      const data =
        resource && unlessInvalid(() => requestedDataIncludingDeferred(resource, inner, this.#viewer));
      return data === null ? FREE : this.#priceOfData(data, inner, reads);
    });
    return sumOf([...nested, ...reads.values()]);
  }

  /**
   * What is requested for one object beside its record.
   *
   * @param into - receives the reads of the object, each once
   */
  #priceOfData({ reads, relations }: RequestedData, selection: Selection, into: Map<string, Price>): Price {
    const nested = reads.map((requested) => {
      const read = unlessInvalid(() => readPrice(requested.read, '', this.#now));
      if (read === null) return FREE;
      into.set(read.key, read.price);
      return times(read.records, this.#priceOfRecord(requested, selection));
    });
    return sumOf([...nested, this.#priceOfRelations(relations, selection)]);
  }

  #priceOfRelations(relations: readonly RequestedRelation[], selection: Selection): Price {
    return sumOf(relations.map((requested) => this.#priceOfRelation(requested, selection)));
  }

  #priceOfRelation({ relation: { to }, fieldNodes }: RequestedRelation, selection: Selection): Price {
    const inner = { ...selection, fieldNodes };
    const data = unlessInvalid(() => requestedDataIncludingDeferred(to, inner, this.#viewer));
    if (data === null) return FREE;
    const reads = new Map<string, Price>();
    const nested = this.#priceOfData(data, inner, reads);
    const needsRecord = data.record || (data.reads.length > 0 && !revealParents(data));
    if (needsRecord && to.single?.isSmall) this.#listed.add(to);
    const record = needsRecord && !to.single?.isSmall ? 1 : 0;
    return sumOf([nested, ...reads.values(), { requests: record, walks: 0 }]);
  }
}

/** Whether every list that is read says whether its object exists. */
function revealParents({ reads }: RequestedData): boolean {
  return reads.every(({ read }) => revealsParent(read.list.declaration));
}
