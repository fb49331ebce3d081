import type { JsonWriter } from '../json/json-writer.js';

/**
 * Writes a field's value in JSON, where that can be done without making the value itself: the same as if it were made,
 * and serialized. A field has it as `extensions.writeJson`.
 *
 * @returns whether it has been written; else the field has to be resolved
 */
export type WriteJson<S> = (source: S, out: JsonWriter) => boolean;
