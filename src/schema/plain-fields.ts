import { type GraphQLSchema, isObjectType } from 'graphql';

/** Of Relay's types every field is a property of its object, by the same name. */
const RELAY_TYPES = /^PageInfo$|(Connection|Edge)$/;

/**
 * Takes resolvers away that do nothing but read the property of their field's name: GraphQL does so itself, and
 * compiled execution without a call.
 *
 * @param schema - its fields are changed
 */
export function readPlainly(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    const isRelay = RELAY_TYPES.test(type.name);
    for (const field of Object.values(type.getFields())) {
      const plain = isRelay || field.extensions.pothosExposedField === field.name;
      if (plain) delete field.resolve;
    }
  }
}
