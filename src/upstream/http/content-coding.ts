import {
  brotliDecompress,
  brotliDecompressSync,
  type CompressCallback,
  gunzip,
  gunzipSync,
  inflate,
  inflateSync,
} from 'node:zlib';
import { type HeaderValue, valuesOf } from './header.js';

/** A body that cannot be decoded. The message says why, and repeats nothing of it. */
export class CodingError extends Error {
  override readonly name = 'CodingError';
}

interface Limit {
  readonly maxOutputLength: number;
}

interface Decoder {
  readonly sync: (body: Buffer, limit: Limit) => Buffer;
  readonly async: (body: Buffer, limit: Limit, done: CompressCallback) => void;
}

const GZIP: Decoder = { sync: gunzipSync, async: gunzip };

/** By content coding (RFC 9110, 8.4.1). */
const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  ['deflate', { sync: inflateSync, async: inflate }],
  ['br', { sync: brotliDecompressSync, async: brotliDecompress }],
]);

/** A proxy may add a coding to the origin's own. More are a mistake, and each may take as long as the first. */
const MOST_CODINGS = 2;

/**
 * What is decoded at once: a page of some 50 sessions, which takes a tenth of a millisecond, less than to hand it to
 * another thread and back. Anything larger is decoded in libuv's thread pool, while the event loop goes on.
 */
const SYNC_INPUT_BYTES = 16 * 1024;
const SYNC_OUTPUT_BYTES = 128 * 1024;

/**
 * Decodes a body.
 *
 * @param header - `Content-Encoding`: codings in the order in which they were applied
 * @param limit - bytes that the body may become, after each coding
 * @returns the body, at once where it is small or not encoded
 * @throws {CodingError} or rejects with one
 */
export function decodeBody(body: Buffer, header: HeaderValue, limit: number): Buffer | Promise<Buffer> {
  const codings = valuesOf(header)
    .flatMap((value) => value.split(','))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  // Without a body there is nothing that could be encoded, whatever the header says.
  if (codings.length === 0 || body.length === 0) return body;
  const decoders = codings.map((coding) => DECODERS.get(coding)).filter((decoder) => decoder !== undefined);
  if (decoders.length < codings.length || codings.length > MOST_CODINGS) {
    throw new CodingError(
      `in a way that is not known; expected gzip, deflate or br, at most ${MOST_CODINGS}`,
    );
  }
  return decoders.reduceRight<Buffer | Promise<Buffer>>(
    (encoded, decoder) =>
      encoded instanceof Promise
        ? encoded.then((bytes) => decode(bytes, decoder, limit))
        : decode(encoded, decoder, limit),
    body,
  );
}

function decode(body: Buffer, decoder: Decoder, limit: number): Buffer | Promise<Buffer> {
  if (body.length <= SYNC_INPUT_BYTES) {
    try {
      return decoder.sync(body, { maxOutputLength: Math.min(SYNC_OUTPUT_BYTES, limit) });
    } catch (error) {
      if (!isTooLarge(error) || limit <= SYNC_OUTPUT_BYTES) throw codingError(error);
    }
  }
  return new Promise((resolve, reject) => {
    decoder.async(body, { maxOutputLength: limit }, (error, decoded) => {
      if (error === null) resolve(decoded);
      else reject(codingError(error));
    });
  });
}

function codingError(error: unknown): CodingError {
  return new CodingError(isTooLarge(error) ? 'and becomes too large' : 'wrongly, or it was cut short');
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
