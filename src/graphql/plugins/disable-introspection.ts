import {
  type ASTVisitor,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Rejects introspection, and removes the "Did you mean" suggestions that reveal names of the schema. */
export function useDisableIntrospection(): Plugin {
  return {
    onValidate({ addValidationRule, setValidationFn }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
      addValidationRule(NoServiceRule);
      setValidationFn((schema, document, rules, options, typeInfo) =>
        validate(schema, document, rules, { ...options, hideSuggestions: true }, typeInfo),
      );
    },
  };
}

/** Validation rule: rejects `_service`, whose SDL reveals the schema too. */
function NoServiceRule(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '_service') return;
      context.reportError(
        new GraphQLError('Introspection is disabled: compose the supergraph from the SDL file.', {
          nodes: node,
        }),
      );
    },
  };
}
