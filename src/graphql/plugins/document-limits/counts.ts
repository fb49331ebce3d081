import type { ASTVisitor, ValidationContext } from 'graphql';
import { limitError } from './limit-error.js';

/** Number of entities in a batch of a router. */
const MAX_ALIASES = 100;
const MAX_DIRECTIVES = 100;

/** Validation rule: limits the number of aliases. */
export function LimitAliasesRule(context: ValidationContext): ASTVisitor {
  let count = 0;
  return {
    Field({ alias }) {
      if (alias !== undefined) count += 1;
    },
    Document: {
      leave() {
        report(context, 'aliases', count, MAX_ALIASES);
      },
    },
  };
}

/** Validation rule: limits the number of directives. */
export function LimitDirectivesRule(context: ValidationContext): ASTVisitor {
  let count = 0;
  return {
    Directive() {
      count += 1;
    },
    Document: {
      leave() {
        report(context, 'directives', count, MAX_DIRECTIVES);
      },
    },
  };
}

function report(context: ValidationContext, what: string, count: number, limit: number): void {
  if (count > limit) context.reportError(limitError({ what, count, limit }));
}
