import type { ASTVisitor, ValidationContext } from 'graphql';
import { limitError } from './limit-error.js';

/** As many SIMs side by side as a router sends entities in a batch. */
const MAX_ALIASES = 100;
const MAX_DIRECTIVES = 100;

/** Validation rule: so many aliases in a document. */
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

/** Validation rule: so many directives in a document. */
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
