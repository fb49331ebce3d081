import type { Edge } from '../../connections/connection.js';
import { QUOTE } from './ascii.js';
import type { JsonWriter } from './json-writer.js';

/** Writes the cursor of an edge as JSON, without creating the string. @returns `true` */
export function writeCursor({ cursorSource: { cursors, positioned } }: Edge, out: JsonWriter): boolean {
  out.byte(QUOTE);
  cursors.writeRecord(positioned, out);
  out.byte(QUOTE);
  return true;
}
