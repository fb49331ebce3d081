import type { Plugin } from 'graphql-yoga';
import { httpError } from '../../http/http-error.js';

/**
 * Rejects invalid JSON in `variables` and `extensions` of a URL or a form. Yoga would report it as an unexpected error.
 */
export function useJsonParameters(): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      // Yoga rejects an invalid JSON body itself.
      const isJson = request.headers.get('content-type')?.startsWith('application/json');
      if (requestParser === undefined || (request.method === 'POST' && isJson)) return;
      setRequestParser(async (given) => {
        try {
          return await requestParser(given);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          throw httpError({
            status: 400,
            code: 'BAD_REQUEST',
            message: 'Expected JSON in the parameters `variables` and `extensions`.',
          });
        }
      });
    },
  };
}
