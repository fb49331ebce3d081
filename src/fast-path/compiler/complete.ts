import {
  type FieldNode,
  GraphQLBoolean,
  GraphQLError,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLOutputType,
  GraphQLString,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { CLOSE_LIST, COMMA, OPEN_LIST } from '../json/ascii.js';
import type { ExecutionState } from './execution-state.js';
import { type Complete, ValueWriter } from './value-writer.js';

/** What is constant for all values of one field. */
export interface FieldFacts {
  /** `Sim.dataSessions`, for error messages. */
  readonly name: string;
  readonly nodes: readonly FieldNode[];
  /** Writes an object of the field's own type. */
  readonly writeObject: (source: unknown, run: ExecutionState) => void;
}

/** Value completion (GraphQL specification, section 6.4.3). */
export function completer(type: GraphQLOutputType, facts: FieldFacts): Complete {
  if (isNonNullType(type)) return nonNull(completer(type.ofType, facts), facts);
  if (isListType(type)) return list(type.ofType, facts);
  if (isLeafType(type)) return leaf(type);
  const { writeObject } = facts;
  return (value, run) => {
    if (value == null) return false;
    writeObject(value, run);
    return true;
  };
}

function nonNull(complete: Complete, { name }: FieldFacts): Complete {
  return (value, run) => {
    if (complete(value, run)) return true;
    throw new GraphQLError(`Cannot return null for non-nullable field ${name}.`);
  };
}

function leaf(type: GraphQLLeafType): Complete {
  const isText = type === GraphQLString || type === GraphQLID;
  return (value, { out }) => {
    if (value == null) return false;
    if (isText && typeof value === 'string') {
      out.string(value);
    } else if (type === GraphQLBoolean && typeof value === 'boolean') {
      out.boolean(value);
    } else {
      const serialized = type.serialize(value);
      if (serialized == null) {
        throw new GraphQLError(`Expected \`${type.name}.serialize\` to return a value that is not null.`);
      }
      out.value(serialized);
    }
    return true;
  };
}

function list(itemType: GraphQLOutputType, facts: FieldFacts): Complete {
  const writer = new ValueWriter(!isNonNullType(itemType), facts.nodes, completer(itemType, facts));
  return (value, run) => {
    if (value == null) return false;
    if (typeof value !== 'object' || !(Symbol.iterator in value)) {
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${facts.name}".`);
    }
    const values = Array.isArray(value) ? value : [...(value as Iterable<unknown>)];
    const { out, path } = run;
    out.byte(OPEN_LIST);
    for (let index = 0; index < values.length; index += 1) {
      if (index > 0) out.byte(COMMA);
      path.push(index);
      writer.write(values[index], run);
      path.pop();
    }
    out.byte(CLOSE_LIST);
    return true;
  };
}
