import { promisify } from 'node:util';
import {
  type BrotliCompress,
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  type Gzip,
  gzip,
  gzipSync,
} from 'node:zlib';
import { remembered } from '../util/remembered.js';
import { parseWeightedList } from './weighted-list.js';

/** The content codings that responses can have. */
export type Coding = 'br' | 'gzip';

/** In the order of preference: for JSON, Brotli's lowest level is faster than gzip's, with smaller output. */
const CODINGS: readonly Coding[] = ['br', 'gzip'];

/** Up to this size, in bytes, compressing takes less time than a hand-over to another thread. */
const MAX_SYNC_BYTES = 16 * 1024;

const GZIP = { level: 1 };
const BROTLI: BrotliOptions = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 1,
    // 256 KiB, an eighth of the default, and larger than nearly all responses.
    [constants.BROTLI_PARAM_LGWIN]: 18,
  },
};

const gzipAsync = promisify<Buffer, typeof GZIP, Buffer>(gzip);
const brotliAsync = promisify<Buffer, BrotliOptions, Buffer>(brotliCompress);

/** What a client accepts. */
export interface AcceptedCodings {
  /** `null`: no content coding. */
  readonly coding: Coding | null;
  /** Whether a response without a content coding is acceptable. */
  readonly identity: boolean;
}

const negotiate = remembered(negotiateCodings);
const NO_PREFERENCE: AcceptedCodings = { coding: null, identity: true };

/**
 * Chooses the content coding of a response by the request's `Accept-Encoding` (RFC 9110, 12.5.3).
 *
 * @param header - `undefined`: the client did not send one, and gets no coding
 */
export function codingsFor(header: string | undefined): AcceptedCodings {
  return header === undefined ? NO_PREFERENCE : negotiate(header);
}

function negotiateCodings(header: string): AcceptedCodings {
  const weights = new Map(
    parseWeightedList(header).map(({ value, weight }) => [value === 'x-gzip' ? 'gzip' : value, weight]),
  );
  const others = weights.get('*');
  let coding: Coding | null = null;
  let best = 0;
  for (const name of CODINGS) {
    const weight = weights.get(name) ?? others ?? 0;
    if (weight > best) {
      coding = name;
      best = weight;
    }
  }
  const identity = weights.get('identity') ?? others;
  // A listed `identity` with a larger weight asks for no content coding.
  if ((weights.get('identity') ?? 0) > best) coding = null;
  return { coding, identity: identity !== 0 };
}

/** Compresses a body, in another thread if it is large. */
export function compress(body: Buffer, coding: Coding): Buffer | Promise<Buffer> {
  if (body.length <= MAX_SYNC_BYTES) {
    return coding === 'br' ? brotliCompressSync(body, BROTLI) : gzipSync(body, GZIP);
  }
  return coding === 'br' ? brotliAsync(body, BROTLI) : gzipAsync(body, GZIP);
}

/** A stream that compresses what is written to it. */
export function compressor(coding: Coding): BrotliCompress | Gzip {
  return coding === 'br' ? createBrotliCompress(BROTLI) : createGzip(GZIP);
}
