import type { Plugin } from 'graphql-yoga';
import { httpError } from '../../http/http-error.js';

/**
 * Refuses `variables` and `extensions` that are no JSON, where they come as text in a URL or a form: Yoga's own
 * error for them is one that nobody foresaw.
 */
export function useJsonParameters(): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      // A body of JSON is one text with all of them, and Yoga refuses it well.
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
