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

/** The content codings that answers can have. */
export type Coding = 'br' | 'gzip';

/** In the order of preference: for JSON, Brotli's cheapest level is faster than gzip's, and smaller. */
const CODINGS: readonly Coding[] = ['br', 'gzip'];

/** Up to this size, in bytes, compressing takes less time than handing it to another thread. */
const MAX_SYNC_BYTES = 16 * 1024;

const GZIP = { level: 1 };
const BROTLI: BrotliOptions = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 1,
    // 256 KiB, an eighth of the default, and more than nearly all answers have.
    [constants.BROTLI_PARAM_LGWIN]: 18,
  },
};

const gzipAsync = promisify<Buffer, typeof GZIP, Buffer>(gzip);
const brotliAsync = promisify<Buffer, BrotliOptions, Buffer>(brotliCompress);

/** What a client accepts. */
export interface AcceptedCodings {
  /** The one to use; `null`: none. */
  readonly coding: Coding | null;
  /** Whether an answer may have none. */
  readonly identity: boolean;
}

const negotiate = remembered(negotiateCodings);
const NOTHING_SAID: AcceptedCodings = { coding: null, identity: true };

/**
 * Chooses the content coding of an answer by the request's `Accept-Encoding` (RFC 9110, 12.5.3).
 *
 * @param header - `undefined`: the client did not send one, and gets no coding
 */
export function codingsFor(header: string | undefined): AcceptedCodings {
  return header === undefined ? NOTHING_SAID : negotiate(header);
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
  // Where it is listed, a larger weight of `identity` asks for none.
  if ((weights.get('identity') ?? 0) > best) coding = null;
  return { coding, identity: identity !== 0 };
}

/** Compresses a body, in another thread when it is large. */
export function compress(body: Buffer, coding: Coding): Buffer | Promise<Buffer> {
  if (body.length <= MAX_SYNC_BYTES) {
    return coding === 'br' ? brotliCompressSync(body, BROTLI) : gzipSync(body, GZIP);
  }
  return coding === 'br' ? brotliAsync(body, BROTLI) : gzipAsync(body, GZIP);
}

/** A stream that compresses what is written into it. */
export function compressor(coding: Coding): BrotliCompress | Gzip {
  return coding === 'br' ? createBrotliCompress(BROTLI) : createGzip(GZIP);
}
