import { collectFields, collectSubFields } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { argumentsOf } from '../../graphql/arguments.js';
import { fragmentsOf } from '../../graphql/cost/fragments.js';
import type { JsonWriter } from '../json/json-writer.js';
import { completer } from './complete.js';
import { ExecutionState, NULL_BUBBLED, type StaticInfo } from './execution-state.js';
import {
  type FieldWriter,
  type FindRawWriter,
  leafProperty,
  objectWriter,
  propertyReader,
} from './object-writer.js';
import { UnsupportedOperationError } from './unsupported.js';
import { ValueWriter } from './value-writer.js';

/** The result of an execution. */
export interface ExecutionOutcome {
  /** JSON of the response's `data`. */
  readonly data: string;
  /** Whether it is ASCII: as many bytes as characters. */
  readonly isAscii: boolean;
  readonly errors: readonly GraphQLError[];
}

/**
 * A validated query as code that writes its response. What the executor of graphql-js determines in each execution and for
 * each object (fields, resolvers, types) is determined once.
 */
export class CompiledQuery {
  readonly #write: WriteObject;
  readonly #out: JsonWriter;

  /**
   * @param variables - coerced; of these only the ones in `@include` and `@skip` are compiled in
   * @param findRawWriter - finds how members of records are copied into the response
   * @param out - shared by all compiled queries
   * @throws {UnsupportedOperationError} for an operation that cannot be compiled
   */
  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
    findRawWriter: FindRawWriter,
    out: JsonWriter,
  ) {
    this.#out = out;
    const query = schema.getQueryType();
    if (query == null || operation.operation !== 'query') throw new UnsupportedOperationError('not a query');
    const fragments = fragmentsOf(document);
    const { fields } = collectFields(schema, fragments, variables, query, operation.selectionSet);
    this.#write = new Compiler({ schema, fragments, variables }, operation, findRawWriter).object(
      query,
      fields,
    );
  }

  /** @param variables - coerced; those in `@include` and `@skip` equal the ones that were compiled in */
  async execute(
    rootValue: unknown,
    context: unknown,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<ExecutionOutcome> {
    const run = new ExecutionState(this.#out, rootValue, context, variables);
    try {
      const data = await run.capture(() => this.#write(rootValue, run));
      return { data, isAscii: run.isAscii, errors: run.errors };
    } catch (error) {
      if (error !== NULL_BUBBLED) throw error;
      return { data: 'null', isAscii: true, errors: run.errors };
    }
  }
}

type WriteObject = (source: unknown, run: ExecutionState) => void;

/** What the fields of an operation depend on, in addition to its text. */
interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  /** At least the ones in `@include` and `@skip`. */
  readonly variables: Readonly<Record<string, unknown>>;
}

class Compiler {
  readonly #selecting: Selecting;
  readonly #operation: OperationDefinitionNode;
  readonly #findRawWriter: FindRawWriter;

  constructor(selecting: Selecting, operation: OperationDefinitionNode, findRawWriter: FindRawWriter) {
    this.#selecting = selecting;
    this.#operation = operation;
    this.#findRawWriter = findRawWriter;
  }

  /** @param collected - nodes by response key; several nodes are merged */
  object(type: GraphQLObjectType, collected: ReadonlyMap<string, readonly FieldNode[]>): WriteObject {
    const fields = [...collected].map(([key, nodes]) => ({ key, ...this.#field(type, key, nodes) }));
    const write = objectWriter(fields);
    const { isTypeOf } = type;
    if (isTypeOf == null) return write;
    return (source, run) => {
      // The `isTypeOf` functions of this schema read nothing but the object.
      if (isTypeOf(source, run.context, {} as never) !== true) {
        throw new TypeError(`Expected value of type "${type.name}".`);
      }
      write(source, run);
    };
  }

  #field(
    parent: GraphQLObjectType,
    key: string,
    nodes: readonly FieldNode[],
  ): Pick<FieldWriter, 'write' | 'property'> {
    const [node] = nodes;
    const name = node?.name.value ?? '';
    if (name === '__typename')
      return { property: null, write: (_source, { out }) => out.string(parent.name) };
    const definition = parent.getFields()[name];
    if (node === undefined || definition === undefined) {
      throw new UnsupportedOperationError(`no field ${name}`);
    }
    // Responses are cached for all callers with the same scopes.
    if (definition.extensions.perCaller === true)
      throw new UnsupportedOperationError(`${name} is per caller`);
    const complete = completer(definition.type, {
      name: `${parent.name}.${name}`,
      nodes,
      writeObject: this.#valueOf(definition, nodes),
    });
    const writer = new ValueWriter(!isNonNullType(definition.type), nodes, complete);
    const resolve = this.#resolver(parent, definition, node, nodes);
    const write: FieldWriter['write'] = (source, run) => {
      const { path } = run;
      path.push(key);
      let value: unknown;
      try {
        value = resolve(source, run);
      } catch (error) {
        writer.writeError(error, run);
        path.pop();
        return;
      }
      writer.write(value, run);
      path.pop();
    };
    return { property: leafProperty(definition, this.#findRawWriter), write };
  }

  /** Creates the writer of objects of a field's type. It writes nothing for leaf types. */
  #valueOf(definition: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): WriteObject {
    const type = getNamedType(definition.type);
    const { schema, fragments, variables } = this.#selecting;
    const writerOf = (objectType: GraphQLObjectType): WriteObject =>
      this.object(objectType, collectSubFields(schema, fragments, variables, objectType, [...nodes]).fields);
    if (isObjectType(type)) return writerOf(type);
    if (!isAbstractType(type)) return () => undefined;
    const writers = new Map(
      schema.getPossibleTypes(type).map((possible) => [possible.name, writerOf(possible)]),
    );
    return (source, run) => {
      // Source objects of this schema that belong to an interface or a union have the name of their type.
      const { __typename: name } = source as { readonly __typename?: unknown };
      const write = typeof name === 'string' ? writers.get(name) : undefined;
      if (write === undefined)
        throw new TypeError(`Abstract type ${type.name} resolved to no type of the schema.`);
      write(source, run);
    };
  }

  #resolver(
    parent: GraphQLObjectType,
    definition: GraphQLField<unknown, unknown>,
    node: FieldNode,
    fieldNodes: readonly FieldNode[],
  ): (source: unknown, run: ExecutionState) => unknown {
    const { name, args, resolve, type } = definition;
    if (resolve === undefined) return propertyReader(name);
    const { schema, fragments } = this.#selecting;
    const info: StaticInfo = {
      fieldName: name,
      fieldNodes,
      returnType: type,
      parentType: parent,
      schema,
      fragments,
      operation: this.#operation,
    };
    // A resolver with three parameters does not read `info`.
    const readsInfo = resolve.length === 0 || resolve.length > 3;
    const none = {};
    return (source, run) => {
      const given = args.length === 0 ? none : argumentsOf(definition, node, run.variables);
      return resolve(source, given, run.context, readsInfo ? run.infoOf(info) : (undefined as never));
    };
  }
}
