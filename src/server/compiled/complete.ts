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
  isObjectType,
} from 'graphql';
import { jsonText, quoted } from './json-text.js';
import { abandon, NULLED, type Run, type Text } from './run.js';

/** Makes JSON of what a resolver has brought; throws where it cannot. `null` itself comes as `undefined`. */
export type Complete = (value: unknown, run: Run) => Text | undefined;

/** What stays the same for all values of one field. */
export interface FieldFacts {
  /** `Sim.dataSessions`, for messages. */
  readonly name: string;
  readonly nodes: readonly FieldNode[];
  /** Writes an object of the field's own type. */
  readonly writeObject: Complete;
}

/** Completion (GraphQL, 6.4.3) for a type that has no abstract one in it. */
export function completer(type: GraphQLOutputType, facts: FieldFacts): Complete {
  if (isNonNullType(type)) return nonNull(completer(type.ofType, facts), facts);
  if (isListType(type)) return list(type.ofType, facts);
  if (isLeafType(type)) return leaf(type);
  if (isObjectType(type)) {
    return (value, run) => (value == null ? undefined : facts.writeObject(value, run));
  }
  throw new TypeError(`${String(type)} is abstract`);
}

function nonNull(complete: Complete, { name }: FieldFacts): Complete {
  return (value, run) => {
    const text = complete(value, run);
    if (text !== undefined) return text;
    throw new GraphQLError(`Cannot return null for non-nullable field ${name}.`);
  };
}

function leaf(type: GraphQLLeafType): Complete {
  const isText = type === GraphQLString || type === GraphQLID;
  return (value) => {
    if (value == null) return undefined;
    if (isText && typeof value === 'string') return quoted(value);
    if (type === GraphQLBoolean && typeof value === 'boolean') return value ? 'true' : 'false';
    const serialized = type.serialize(value);
    if (serialized != null) return jsonText(serialized);
    throw new GraphQLError(`Expected \`${type.name}.serialize\` to return a value that is not null.`);
  };
}

function list(itemType: GraphQLOutputType, facts: FieldFacts): Complete {
  const complete = completer(itemType, facts);
  const mayBeNull = !isNonNullType(itemType);
  const { nodes } = facts;

  function fail(error: unknown, run: Run): string {
    run.record(error, nodes, run.path);
    if (mayBeNull) return 'null';
    throw NULLED;
  }

  function item(value: unknown, run: Run, depth: number): Text {
    try {
      if (!(value instanceof Promise)) {
        const text = complete(value, run) ?? 'null';
        return typeof text === 'string' ? text : settled(text, run);
      }
      const at = [...run.path];
      return settled(
        value.then((settledValue) => {
          run.path = [...at];
          return complete(settledValue, run) ?? 'null';
        }),
        run,
      );
    } catch (error) {
      // Whatever has thrown has left its place behind.
      run.path.length = depth;
      return fail(error, run);
    }
  }

  function settled(text: Promise<string>, run: Run): Promise<string> {
    const at = [...run.path];
    return text.catch((error: unknown) => {
      run.path = at;
      return fail(error, run);
    });
  }

  return (value, run) => {
    if (value == null) return undefined;
    if (typeof value !== 'object' || !(Symbol.iterator in value)) {
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${facts.name}".`);
    }
    const values = Array.isArray(value) ? value : [...(value as Iterable<unknown>)];
    const depth = run.path.length;
    const texts: Text[] = [];
    let isReady = true;
    try {
      for (let index = 0; index < values.length; index += 1) {
        run.path.push(index);
        const text = item(values[index], run, depth + 1);
        run.path.length = depth;
        isReady &&= typeof text === 'string';
        texts.push(text);
      }
    } catch (error) {
      abandon(texts);
      throw error;
    }
    return isReady ? `[${texts.join()}]` : Promise.all(texts).then((all) => `[${all.join()}]`);
  };
}
