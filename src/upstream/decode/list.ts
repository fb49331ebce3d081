import type { AnyRecord } from '../../resources/any-record.js';
import type { ListDeclaration } from '../../resources/define.js';
import type { DecodeContext } from '../../resources/member.js';
import { recordDecoder } from '../../resources/record.js';
import { parseObject } from './json.js';

/** A response with a list, its records not yet decoded. */
export interface ParsedList {
  /** Member `meta` of the response: the paging information. */
  readonly meta: unknown;
  /** Decodes the records; `null` if the response has no list under the declared key. */
  readonly records: ((context: DecodeContext) => readonly AnyRecord[]) | null;
}

/** @returns `null` if the body is not a JSON object */
type ParseList = (body: Buffer) => ParsedList | null;

/** Creates the parser of a list's responses. */
export type ListDecoder = (list: Pick<ListDeclaration, 'resource' | 'collection'>) => ParseList;

/** The reference decoder: `JSON.parse`, then the codecs of the declared fields. */
export const referenceListDecoder: ListDecoder = ({ resource, collection: { envelopeKey } }) => {
  const decode = recordDecoder(resource);
  return (body) => {
    const json = parseObject(body);
    if (json === null) return null;
    const records = json[envelopeKey];
    return {
      meta: json.meta,
      records: Array.isArray(records)
        ? (context) => records.map((record: unknown) => decode(record, context))
        : null,
    };
  };
};
