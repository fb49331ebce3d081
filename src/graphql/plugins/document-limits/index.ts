import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { LimitAliasesRule, LimitDirectivesRule } from './counts.js';
import { LimitDepthRule } from './depth.js';
import { keepStatus } from './limit-error.js';
import { parseLimited } from './tokens.js';

/** Rejects documents that exceed the limits of tokens, depth, aliases or directives. */
export function useDocumentLimits(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn(parseLimited);
    },
    onValidate({ addValidationRule }) {
      addValidationRule(LimitDepthRule);
      addValidationRule(LimitAliasesRule);
      addValidationRule(LimitDirectivesRule);
    },
    onExecutionResult({ result }) {
      if (result !== undefined && !isAsyncIterable(result)) result.errors?.forEach(keepStatus);
    },
  };
}
