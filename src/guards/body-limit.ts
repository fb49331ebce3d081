import type { IncomingMessage } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { HttpContext } from '../http/context.js';
import type { Guard } from '../http/guard.js';
import { httpError } from '../http/http-error.js';

/** Large enough for any valid document and for a router's batch of a thousand entities. */
const MAX_BODY_BYTES = 256 * 1024;

/** Rejects bodies whose `Content-Length` is too large. Node does not read more of a body than its `Content-Length`. */
export function bodyLimit(): Guard {
  return ({ req }) => {
    const length = req.headers['content-length'];
    if (length !== undefined && Number(length) > MAX_BODY_BYTES) throw tooLarge();
  };
}

/**
 * Limits bodies without `Content-Length` (chunked) while they are read. This is slower, so other bodies are not
 * counted.
 */
export function useChunkedBodyLimit(): Plugin<object, HttpContext> {
  return {
    onRequestParse({ serverContext: { req }, requestParser, setRequestParser, fetchAPI }) {
      if (req.headers['transfer-encoding'] === undefined || requestParser === undefined) return;
      setRequestParser(async ({ url, method, headers, signal }) => {
        const body = await readLimited(req);
        return requestParser(new fetchAPI.Request(url, { method, headers, signal, body }));
      });
    },
  };
}

async function readLimited(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The connection must stay open until the error response has been sent.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function tooLarge(): GraphQLError {
  return httpError({
    status: 413,
    code: 'BAD_USER_INPUT',
    message: `Request body too large: limit ${MAX_BODY_BYTES} bytes.`,
    // The rest of the body is not read.
    headers: { connection: 'close' },
  });
}
