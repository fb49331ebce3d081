import type { IncomingMessage } from 'node:http';

/**
 * Reads the body of a request as text, once. Its `Content-Length` has been checked.
 *
 * @throws {Error} if the client disconnects
 */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [first] = chunks;
      resolve((chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString());
    });
    request.on('error', reject);
  });
}
