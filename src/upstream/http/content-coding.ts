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

/** A body that cannot be decoded. The message has the reason, and no part of the body. */
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

/** Decoders by content coding (RFC 9110, 8.4.1). */
const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  ['deflate', { sync: inflateSync, async: inflate }],
  ['br', { sync: brotliDecompressSync, async: brotliDecompress }],
]);

/** A proxy may add a coding to that of the origin. More codings are an error, and each takes time to decode. */
const MAX_CODINGS = 2;

/**
 * Limits of synchronous decoding: a page of about 50 sessions. It takes a tenth of a millisecond, less than passing the
 * body to another thread and back. Larger bodies are decoded in libuv's thread pool.
 */
const SYNC_INPUT_BYTES = 16 * 1024;
const SYNC_OUTPUT_BYTES = 128 * 1024;

/**
 * Decodes a body.
 *
 * @param header - `Content-Encoding`: codings in the order in which they were applied
 * @param limit - maximum size in bytes after each coding
 * @returns the decoded body; not a promise if the body is small or not encoded
 * @throws {CodingError} synchronously or as a rejection
 */
export function decodeBody(body: Buffer, header: HeaderValue, limit: number): Buffer | Promise<Buffer> {
  const codings = valuesOf(header)
    .flatMap((value) => value.split(','))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  // An empty body is not encoded, whatever the header says.
  if (codings.length === 0 || body.length === 0) return body;
  const decoders = codings.map((coding) => DECODERS.get(coding)).filter((decoder) => decoder !== undefined);
  if (decoders.length < codings.length || codings.length > MAX_CODINGS) {
    throw new CodingError(
      `unsupported content coding, expected gzip, deflate or br, at most ${MAX_CODINGS} of them`,
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
  return new CodingError(isTooLarge(error) ? 'body too large' : 'invalid or truncated data');
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
