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
import { PAGE_BUDGET } from '../loaders/sessions.js';
import {
  ArgumentError,
  type ConnectionArguments,
  readArguments,
  type WindowRequest,
} from '../paging/arguments.js';
import { type Arguments, argumentsOf } from './arguments.js';
import { fragmentsOf } from './fragments.js';
import { type SimFields, selectionOfSim, wholeSelectionOfSim } from './lookahead.js';
import type { Viewer } from './scopes.js';
import { sidOfId, sidOfReference } from './sim-reference.js';

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

/** Which SIMs a field of Query asks for. One that is not here costs nothing. */
const SIMS_OF: Readonly<Record<string, (args: Arguments) => readonly unknown[]>> = {
  sim: ({ sid }) => [sid],
  node: ({ id }) => [sidOfId(id)],
  nodes: ({ ids }) => list(ids).map(sidOfId),
  _entities: ({ representations }) => list(representations).map(sidOfRepresentation),
};

/**
 * How many upstream requests an operation can take at its worst, repeated ones and empty pages aside, from an upstream
 * that gives pages of the size that is asked for: each SIM whose record is needed counts 1, each window what
 * `windowCost` says; the same SIM, and windows from the same place, count once. Where large pages are refused, a window
 * takes up to four requests more until a size is found, and as many pages of that size as it needs within its budget.
 *
 * @returns 0 for an operation that will be refused anyway
 */
export function worstCaseOf(operation: PlannedOperation, viewer: Viewer): number {
  const { schema, document, operationName, variableValues: given } = operation;
  const definition = getOperationAST(document, operationName);
  if (definition == null) return 0;
  const { coerced } = getVariableValues(schema, definition.variableDefinitions ?? [], given ?? {});
  return coerced === undefined ? 0 : worstCase({ schema, document, definition }, coerced, viewer);
}

/** The same for an operation that will not be refused. @param variableValues - coerced */
function worstCase(
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
  const bill = new Bill();
  for (const part of [fields, ...patches.map((patch) => patch.fields)]) {
    for (const fieldNodes of part.values()) {
      const [field] = fieldNodes;
      const definition = field && query.getFields()[field.name.value];
      const simsOf = field && SIMS_OF[field.name.value];
      if (field === undefined || definition === undefined || simsOf === undefined) continue;
      const args = tolerated(definition, field, variableValues);
      if (args !== null) bill.add(simsOf(args), { schema, fragments, variableValues, fieldNodes }, viewer);
    }
  }
  return bill.total;
}

/**
 * How dear an operation can be with variables like these, whatever SIMs and cursors are in them: what each text says
 * makes no difference but where two of them are the same.
 *
 * @param variableValues - coerced
 */
export function costBound(operation: ValidOperation, variableValues: Arguments, viewer: Viewer): number {
  const distinct = Object.entries(variableValues).map(([name, value]) => [
    name,
    isNamed(value) ? name : value,
  ]);
  return worstCase(operation, Object.fromEntries(distinct), viewer);
}

/** Tells variables apart as far as their cost bound depends on them. */
export function costShape(variableValues: Arguments): string {
  let shape = '';
  for (const name in variableValues) {
    const value = variableValues[name];
    shape += isNamed(value) ? `${name} ` : `${name}=${shapeOf(value)} `;
  }
  return shape;
}

/** Whether it makes no difference to the cost which text it is. An empty cursor is none, which can cost more. */
function isNamed(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function shapeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(value, (_name, member) => (typeof member === 'string' ? '' : member));
}

/** Adds up what is asked for, each of it once. */
class Bill {
  readonly #records = new Set<string>();
  readonly #windows = new Map<string, number>();

  add(sids: readonly unknown[], fields: SimFields, viewer: Viewer): void {
    const { windows: atOnce } = selectionOfSim(fields, viewer);
    const { record, windows } = wholeSelectionOfSim(fields, viewer);
    for (const sid of new Set(sids)) {
      if (typeof sid !== 'string') continue;
      // Without a window it is the record that tells whether there is such a SIM.
      if (record || atOnce.length === 0) this.#records.add(sid);
      for (const window of windows) this.#addWindow(sid, window);
    }
  }

  get total(): number {
    // Several records are first looked for in one listing of the account, which may not have them.
    const listing = this.#records.size > 1 ? 1 : 0;
    const windows = [...this.#windows.values()].reduce((sum, cost) => sum + cost, 0);
    return this.#records.size + listing + windows;
  }

  #addWindow(sid: string, args: ConnectionArguments): void {
    const request = requestOf(args);
    if (request === null) return;
    const { direction, after, before } = request;
    this.#windows.set(JSON.stringify([sid, direction, after, before]), windowCost(request));
  }
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

/**
 * A first window is one page, since no window is larger than a page can be. With a cursor contract 2 allows one
 * page more. What only has an end, `last` without `before`, is looked for from the head of a list of unknown
 * length, as far as the budget of a window goes.
 */
function windowCost({ direction, after, before }: WindowRequest): number {
  if (direction === 'backward' && before === null) return PAGE_BUDGET;
  return after === null && before === null ? 1 : 2;
}

function tolerated(
  definition: GraphQLField<unknown, unknown>,
  field: FieldNode,
  variableValues: Arguments,
): Arguments | null {
  try {
    return argumentsOf(definition, field, variableValues);
  } catch {
    // The field will say what is wrong with them.
    return null;
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
