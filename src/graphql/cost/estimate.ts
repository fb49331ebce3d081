import { collectFields } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import type { Viewer } from '../../guards/authentication/scopes.js';
import {
  ArgumentError,
  type ConnectionArguments,
  readArguments,
  type WindowRequest,
} from '../../pagination/arguments.js';
import { type Arguments, argumentsOf } from '../arguments.js';
import { sidOfId, sidOfReference } from '../federation/sim-reference.js';
import { fragmentsOf } from './fragments.js';
import {
  listsOfSim,
  type RequestedWindow,
  requestedSimData,
  requestedSimDataIncludingDeferred,
  type SimFields,
} from './lookahead.js';

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

/** SIMs that a field of Query asks for. */
interface SimSource {
  readonly sids: (args: Arguments) => readonly unknown[];
  /** How many they can be. */
  readonly most: number;
}

/** The fields of Query that ask for SIMs. One that is not here costs nothing. */
const SIM_SOURCES: ReadonlyMap<string, SimSource> = new Map([
  ['sim', { sids: ({ sid }) => [sid], most: 1 }],
  ['node', { sids: ({ id }) => [sidOfId(id)], most: 1 }],
  ['nodes', { sids: ({ ids }) => list(ids).map(sidOfId), most: Number.POSITIVE_INFINITY }],
  [
    '_entities',
    {
      sids: ({ representations }) => list(representations).map(sidOfRepresentation),
      most: Number.POSITIVE_INFINITY,
    },
  ],
]);

/**
 * How many upstream requests an operation can take at its worst, retries and empty pages aside, from an upstream that
 * gives pages of the size that is asked for: each SIM whose record is needed counts 1, each window what its list
 * declares; the same SIM, and windows from the same place, count once. Where large pages are refused, a window takes up
 * to four requests more until a size is found, and as many pages of that size as it needs within its budget.
 *
 * @returns 0 for an operation that will be refused anyway
 */
export function estimateMaxCost(operation: PlannedOperation, viewer: Viewer): number {
  const { schema, document, operationName, variableValues: given } = operation;
  const definition = getOperationAST(document, operationName);
  if (definition == null) return 0;
  const { coerced } = getVariableValues(schema, definition.variableDefinitions ?? [], given ?? {});
  return coerced === undefined ? 0 : maxCostOf({ schema, document, definition }, coerced, viewer);
}

/** The same for an operation whose variables have been coerced. */
export function maxCostOf(operation: ValidOperation, variableValues: Arguments, viewer: Viewer): number {
  const bill = new CostEstimate();
  for (const { definition, field, source, fields } of simsOf(operation, variableValues)) {
    const args = unlessInvalid(() => argumentsOf(definition, field, variableValues));
    if (args !== null) bill.add(source.sids(args), fields, viewer);
  }
  return bill.total;
}

/**
 * Upper bound of the upstream requests of an operation for all viewers and variables, except for the variables in
 * `@include` and `@skip`: as if every SIM and every window were another one, and each the most expensive.
 *
 * @param conditions - at least the variables in `@include` and `@skip`, each a Boolean
 */
export function costCeiling(operation: ValidOperation, conditions: Arguments): number {
  let records = 0;
  let windows = 0;
  for (const { source, fields } of simsOf(operation, conditions)) {
    records += source.most;
    for (const { maxWindowCost } of listsOfSim(fields)) windows += source.most * maxWindowCost;
  }
  return records + listingCost(records) + windows;
}

/** A field of an operation that asks for SIMs. */
interface AskedSims {
  readonly definition: GraphQLField<unknown, unknown>;
  readonly field: FieldNode;
  readonly source: SimSource;
  /** What is asked of each SIM. */
  readonly fields: SimFields;
}

function simsOf({ schema, document, definition }: ValidOperation, variableValues: Arguments): AskedSims[] {
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
      const [field] = fieldNodes;
      const definition = field && query.getFields()[field.name.value];
      const source = field && SIM_SOURCES.get(field.name.value);
      if (field === undefined || definition === undefined || source === undefined) return [];
      return [{ definition, field, source, fields: { schema, fragments, variableValues, fieldNodes } }];
    }),
  );
}

/** Adds up what is asked for, each of it once. */
class CostEstimate {
  readonly #records = new Set<string>();
  readonly #windows = new Map<string, number>();

  add(sids: readonly unknown[], fields: SimFields, viewer: Viewer): void {
    const selections = unlessInvalid(() => ({
      atOnce: requestedSimData(fields, viewer),
      whole: requestedSimDataIncludingDeferred(fields, viewer),
    }));
    if (selections === null) return;
    const { atOnce, whole } = selections;
    for (const sid of new Set(sids)) {
      if (typeof sid !== 'string') continue;
      // Without a window it is the record that tells whether there is such a SIM.
      if (whole.record || atOnce.windows.length === 0) this.#records.add(sid);
      for (const window of whole.windows) this.#addWindow(sid, window);
    }
  }

  get total(): number {
    const windows = [...this.#windows.values()].reduce((sum, cost) => sum + cost, 0);
    return this.#records.size + listingCost(this.#records.size) + windows;
  }

  #addWindow(sid: string, { field, list, args }: RequestedWindow): void {
    const request = requestOf(args);
    if (request === null) return;
    const { direction, after, before } = request;
    this.#windows.set(JSON.stringify([sid, field, direction, after, before]), list.windowCost(request));
  }
}

/** Several records are first looked for in one listing of the account, which may not have them. */
function listingCost(records: number): number {
  return records > 1 ? 1 : 0;
}

/** Arguments that make no sense are the error of their field, which then asks for nothing. */
function requestOf(args: ConnectionArguments): WindowRequest | null {
  try {
    return readArguments(args);
  } catch (error) {
    if (error instanceof ArgumentError) return null;
    throw error;
  }
}

/** @returns `null` where GraphQL will answer with an error instead, so that nothing is requested */
function unlessInvalid<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function sidOfRepresentation(representation: unknown): unknown {
  return typeof representation === 'object' && representation !== null
    ? sidOfReference(representation)
    : null;
}
