import type { Plugin } from 'graphql-yoga';

/**
 * The operation that a client asks for by name. Clients that have no name to send send `""`, which is the name of no
 * operation: it counts as not given.
 */
export function givenName(operationName: string | null | undefined): string | undefined {
  return operationName == null || operationName === '' ? undefined : operationName;
}

/** Reads an empty `operationName` as none. */
export function useOperationName(): Plugin {
  return {
    onParams({ params, setParams }) {
      if (params.operationName !== '') return;
      const { operationName: _empty, ...rest } = params;
      setParams(rest);
    },
  };
}
