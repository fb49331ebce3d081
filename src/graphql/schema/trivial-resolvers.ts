import { type GraphQLSchema, isObjectType } from 'graphql';

/**
 * Options of a field whose resolver, which a library makes, reads the property of the field's name and does nothing
 * else. A field that is given a resolver of its own has to override them: its resolver would not be called.
 */
export const readsProperty = { extensions: { readsProperty: true } } as const;

/**
 * Removes resolvers that only read the property of their field's name: GraphQL does so by itself, and compiled code
 * without a call. These are of fields that are marked with `readsProperty`, or exposed with Pothos' `t.expose`.
 *
 * @param schema - its fields are changed
 */
export function readPlainly(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const { readsProperty: marked, pothosExposedField: exposed } = field.extensions;
      if (marked === true || exposed === field.name) delete field.resolve;
    }
  }
}
