import type { IncomingMessage } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { HttpContext } from '../http/context.js';
import type { Guard } from '../http/guard.js';
import { httpError } from '../http/http-error.js';

/** Room for any document and for a router's batch of a thousand entities. */
const MAX_BODY_BYTES = 256 * 1024;

/** Refuses bodies that say that they are too large: Node reads no more of them than that. */
export function bodyLimit(): Guard {
  return ({ req }) => {
    const length = req.headers['content-length'];
    if (length !== undefined && Number(length) > MAX_BODY_BYTES) throw tooLarge();
  };
}

/** Counts bodies that do not tell their length (chunked) while they are read, which costs time. */
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
  // Whoever sends too much still gets an answer: the connection stays until that is sent.
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
    message: `The request has a body of over ${MAX_BODY_BYTES} bytes, which is the limit.`,
    // Nothing more is read from a client that goes on sending.
    headers: { connection: 'close' },
  });
}
