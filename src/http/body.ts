import type { IncomingMessage } from 'node:http';

/**
 * Reads a request's body as text, once. Its length has been told, and looked at.
 *
 * @throws {Error} when the client breaks off
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
