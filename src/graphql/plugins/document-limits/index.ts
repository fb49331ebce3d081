import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { LimitAliasesRule, LimitDirectivesRule } from './counts.js';
import { LimitDepthRule } from './depth.js';
import { keepStatus } from './limit-error.js';
import { parseLimited } from './tokens.js';

/** Refuses documents that are out of all proportion: no client that means well writes such. */
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
