import type { Plugin } from 'graphql-yoga';

/**
 * Returns the operation name of a request. An empty string counts as absent, because some clients send one for an
 * operation without a name.
 */
export function givenName(operationName: string | null | undefined): string | undefined {
  return operationName == null || operationName === '' ? undefined : operationName;
}

/** Removes an empty `operationName`. */
export function useOperationName(): Plugin {
  return {
    onParams({ params, setParams }) {
      if (params.operationName !== '') return;
      const { operationName: _empty, ...rest } = params;
      setParams(rest);
    },
  };
}
