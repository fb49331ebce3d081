import type { JsonWriter } from './json-writer.js';

/**
 * Writes a field's value in JSON, where that can be done without making the value itself: the same as if it were made,
 * and serialized. A field has it as `extensions.writeJson`.
 *
 * @returns whether it has been written; else the field has to be resolved
 */
export type WriteJson<S> = (source: S, out: JsonWriter) => boolean;

/** An edge that can write its cursor without making the text of it. */
interface CursorWriter {
  readonly writeCursor: (out: JsonWriter) => void;
}

/** Writes the cursor of an edge, if the edge can; the cursor of any other edge is read from its property. */
export const writeCursor: WriteJson<Partial<CursorWriter>> = (edge, out) => {
  if (edge.writeCursor === undefined) return false;
  edge.writeCursor(out);
  return true;
};
