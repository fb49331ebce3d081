import { readFileSync } from 'node:fs';

/**
 * Reads a JSON file.
 *
 * @throws {Error} if the file cannot be read, or is not JSON
 */
export function readJsonFile(path: string): unknown {
  // RFC 8259, 8.1: a parser may ignore a byte order mark, which some editors write.
  return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
}
