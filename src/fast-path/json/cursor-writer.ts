import type { Edge } from '../../connections/connection.js';
import { QUOTE } from './ascii.js';
import type { JsonWriter } from './json-writer.js';

/**
 * Writes the cursor of an edge as JSON, without creating the string.
 *
 * @returns `false` for an object that has no source of its cursor: its property has to be read
 */
export function writeCursor({ cursorSource }: Partial<Edge>, out: JsonWriter): boolean {
  if (cursorSource === undefined) return false;
  out.byte(QUOTE);
  cursorSource.cursors.writeRecord(cursorSource.positioned, out);
  out.byte(QUOTE);
  return true;
}
