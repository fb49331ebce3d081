import { collectSubFields } from '@graphql-tools/utils';
import {
  type ASTNode,
  BREAK,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  visit,
} from 'graphql';
import type { Viewer } from '../../guards/authentication/scopes.js';
import type { ConnectionArguments } from '../../pagination/arguments.js';
import { argumentsOf } from '../arguments.js';
import { canRead } from '../schema/scope-enforcement.js';
import { listOf, type UpstreamList } from '../schema/upstream-list.js';

/** What an operation wants of a SIM, beyond its existence. */
export interface SimSelection {
  /** Whether any field is asked for that only the SIM's own record can answer. */
  readonly record: boolean;
  /** The windows of its lists that are asked for. */
  readonly windows: readonly RequestedWindow[];
}

/** A window of one of a SIM's lists. */
export interface RequestedWindow {
  /** Name of the connection field. */
  readonly field: string;
  readonly list: UpstreamList;
  readonly args: ConnectionArguments;
}

/** The fields that were asked of a SIM, and what it takes to read them. */
export type SimFields = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'variableValues' | 'fieldNodes'>;

/** Fields that the SID alone answers. */
const BY_SID = new Set(['__typename', 'id', 'sid']);

/**
 * Reads from the operation what will be asked of a SIM, so that all of it can be requested side by side, and
 * no more of it than the answer needs. Fragments, aliases, variables, `@include` and `@skip` are seen through;
 * what is deferred is left for later, and what the viewer must not read is not requested.
 *
 * @param sim - of a field whose value is the SIM, or an interface or union that it belongs to
 */
export function requestedSimData(sim: SimFields, viewer: Viewer): SimSelection {
  return read(sim, [collect(sim).fields], viewer);
}

/** The same with what is deferred: all that will be asked in the end. */
export function requestedSimDataIncludingDeferred(sim: SimFields, viewer: Viewer): SimSelection {
  const { fields, patches } = collect(sim);
  return read(sim, [fields, ...patches.map((patch) => patch.fields)], viewer);
}

/** The lists that are asked for, deferred ones included, once for each field of the answer. */
export function listsOfSim(sim: SimFields): readonly UpstreamList[] {
  const definitions = simType(sim.schema).getFields();
  const { fields, patches } = collect(sim);
  return [fields, ...patches.map((patch) => patch.fields)].flatMap((part) =>
    [...part.values()].flatMap(([node]) => {
      const definition = node && definitions[node.name.value];
      return (definition && listOf(definition)) ?? [];
    }),
  );
}

type Fields = ReadonlyMap<string, readonly FieldNode[]>;

/** By the field, as far as no variable says which fields it has: then they are the same in every operation. */
const constant = new WeakMap<FieldNode, Collected>();

function collect(sim: SimFields): Collected {
  const [node] = sim.fieldNodes;
  const known = node && constant.get(node);
  if (known !== undefined && sim.fieldNodes.length === 1) return known;
  const { schema, fragments, variableValues, fieldNodes } = sim;
  const collected = collectSubFields(schema, fragments, variableValues, simType(schema), [...fieldNodes]);
  const isConstant = fieldNodes.length === 1 && !hasDirective(fieldNodes, fragments);
  if (node !== undefined && isConstant) constant.set(node, collected);
  return collected;
}

type Collected = ReturnType<typeof collectSubFields>;

/** Whether any selection of these fields, or of the fragments in them, has one: `@include`, `@defer`, …. */
function hasDirective(nodes: readonly ASTNode[], fragments: SimFields['fragments']): boolean {
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

function read({ schema, variableValues }: SimFields, parts: readonly Fields[], viewer: Viewer): SimSelection {
  const definitions = simType(schema).getFields();
  const windows: RequestedWindow[] = [];
  let record = false;
  for (const fields of parts) {
    for (const [node] of fields.values()) {
      const definition = node && definitions[node.name.value];
      if (node === undefined || definition === undefined || BY_SID.has(definition.name)) continue;
      if (!canRead(definition, viewer)) continue;
      const list = listOf(definition);
      if (list === undefined) {
        record = true;
      } else {
        const args = argumentsUnlessInvalid(definition, node, variableValues);
        if (args !== null) windows.push({ field: definition.name, list, args });
      }
    }
  }
  return { record, windows };
}

/** @returns `null` for arguments that are the error of their field, which then asks for nothing */
function argumentsUnlessInvalid(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variableValues: SimFields['variableValues'],
): ConnectionArguments | null {
  try {
    return argumentsOf(definition, node, variableValues);
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

function simType(schema: GraphQLSchema): GraphQLObjectType {
  return schema.getType('Sim') as GraphQLObjectType;
}
