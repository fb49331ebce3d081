import { collectFields } from '@graphql-tools/utils';
import { type DocumentNode, type FieldNode, Kind, visit } from 'graphql';
import type { Viewer } from '../../guards/authentication/viewer.js';
import { MAX_WINDOW } from '../../pagination/arguments.js';
import type { ResourceDeclaration } from '../../resources/define.js';
import { SCOPES } from '../../resources/scopes.js';
import type { ValidOperation } from './estimate.js';
import { fragmentsOf } from './fragments.js';
import {
  listOf,
  type RequestedWindow,
  requestedData,
  type Selection,
  selectionsOfNodes,
} from './lookahead.js';
import { resourcesOf } from './resources.js';

/** A viewer who may read everything: costs at least as much as any other. */
const ALL_SCOPES: Viewer = { name: '', scopes: new Set(SCOPES) };

/** Fields of `Query` that fetch several objects, and the argument that lists them. */
const LISTS_OF_REFERENCES: Readonly<Record<string, string>> = { nodes: 'ids', _entities: 'representations' };

/** A cost that may grow with the length of a variable. */
interface Term {
  readonly cost: number;
  /** The cost counts once for each element of this variable; `null`: once. */
  readonly perElementOf: string | null;
}

/**
 * A bound of an operation's cost that holds for all variables, so that the exact estimate is only needed when the bound
 * exceeds the limit. Nothing of it is keyed by what clients send.
 */
export class CostBound {
  readonly #terms: readonly Term[];

  constructor(operation: ValidOperation) {
    this.#terms = termsOf(operation);
  }

  /** @param variables - coerced */
  of(variables: Readonly<Record<string, unknown>>): number {
    let total = 0;
    for (const { cost, perElementOf } of this.#terms) {
      if (perElementOf === null) {
        total += cost;
      } else {
        const elements = variables[perElementOf];
        total += cost * (Array.isArray(elements) ? elements.length : 1);
      }
    }
    return total;
  }
}

function termsOf({ schema, document, definition }: ValidOperation): readonly Term[] {
  const query = schema.getQueryType();
  if (query == null) return [];
  const unconditional = withoutConditions(document);
  const fragments = fragmentsOf(unconditional);
  const operation = unconditional.definitions.find(
    (candidate) =>
      candidate.kind === Kind.OPERATION_DEFINITION && candidate.name?.value === definition.name?.value,
  );
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return [];
  const { fields } = collectFields(schema, fragments, {}, query, operation.selectionSet);
  const resources = [...resourcesOf(schema).values()];
  const terms: Term[] = [];
  for (const fieldNodes of fields.values()) {
    const [node] = fieldNodes;
    const field = node && query.getFields()[node.name.value];
    if (node === undefined || field === undefined) continue;
    const selection = { schema, fragments, variableValues: {}, fieldNodes };
    const list = listOf(field);
    if (list !== null) {
      const window = { list, args: {}, window: {}, nodes: fieldNodes };
      terms.push({ cost: windowBound(window, selection), perElementOf: null });
      continue;
    }
    const { single } = field.extensions as { readonly single?: ResourceDeclaration };
    const cost = Math.max(
      ...(single === undefined ? resources : [single]).map((one) => objectBound(one, selection)),
    );
    const argument = LISTS_OF_REFERENCES[field.name];
    if (argument === undefined) {
      if (single !== undefined || field.name === 'node') terms.push({ cost, perElementOf: null });
      continue;
    }
    // Several records are first looked for in one listing of each resource.
    terms.push({ cost: resources.length, perElementOf: null }, ...elementTerms(node, argument, cost));
  }
  return terms;
}

function elementTerms(node: FieldNode, argument: string, cost: number): readonly Term[] {
  const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
  if (value?.kind === Kind.VARIABLE) return [{ cost, perElementOf: value.name.value }];
  return [{ cost: cost * (value?.kind === Kind.LIST ? value.values.length : 1), perElementOf: null }];
}

/** What one object can cost: its record, a share of a listing, and its windows. */
function objectBound(resource: ResourceDeclaration, selection: Selection): number {
  const { lists } = requestedData(resource, selection, ALL_SCOPES, { deferred: true });
  return 2 + sum(lists.map((window) => windowBound(window, selection)));
}

function windowBound(window: RequestedWindow, selection: Selection): number {
  const { pageBudget, resource } = window.list;
  const nested = selectionsOfNodes(window, selection).flatMap((nodes) =>
    requestedData(resource, nodes, ALL_SCOPES, { deferred: true }).lists.map((inner) =>
      windowBound(inner, nodes),
    ),
  );
  return pageBudget + MAX_WINDOW * sum(nested);
}

/** The document with every selection included, whatever `@include` and `@skip` say. */
function withoutConditions(document: DocumentNode): DocumentNode {
  return visit(document, { Directive: () => null });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
