import { type GraphQLSchema, isUnionType } from 'graphql';
import { InputError } from '../errors.js';

/** A router's reference to an object: the name of its type and the fields of a key. */
type Representation = Readonly<Record<string, unknown>>;

/**
 * Makes `_entities` resolve its representations one by one. The plugin's resolver fails all of them, with an unexpected
 * error, if one does not represent an entity of this subgraph.
 *
 * @param schema - its `_entities` field is changed
 */
export function resolveEntitiesIndependently(schema: GraphQLSchema): void {
  const field = schema.getQueryType()?.getFields()._entities;
  const union = schema.getType('_Entity');
  const resolve = field?.resolve;
  if (field === undefined || resolve === undefined || !isUnionType(union)) return;
  const entities = new Set<unknown>(union.getTypes().map(({ name }) => name));
  field.resolve = (root, args: { representations: readonly unknown[] }, context, info) =>
    args.representations.map(async (representation) => {
      if (!isRepresentation(representation) || !entities.has(representation.__typename)) {
        throw new InputError(
          `Not an entity of this subgraph: expected a \`__typename\` out of ${[...entities].join(', ')}.`,
        );
      }
      const resolved = resolve(root, { representations: [representation] }, context, info) as unknown[];
      return resolved[0];
    });
}

function isRepresentation(value: unknown): value is Representation {
  return typeof value === 'object' && value !== null;
}
