import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { type Coding, codingsFor, compress, compressor } from './content-codings.js';
import { errorBody, type HttpError, JSON_TYPE } from './error-body.js';

/** Below this size, in bytes, an answer fits into one packet, and compressing it saves no time on any network. */
export const MIN_COMPRESSED_BYTES = 1400;

/** The compressed forms of an answer that is sent again. */
export type CompressedForms = Map<Coding, Buffer>;

/** An answer in one piece. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
  /** Size of the body in UTF-8, where that is known. */
  readonly bytes?: number;
  /** Where its compressed forms are kept. */
  readonly forms?: CompressedForms | undefined;
}

/** An answer in parts, as a stream of the Fetch API has it. */
export interface Parts {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

/** Writes answers, with the content coding that the client accepts. */
export class Responder {
  readonly #compression: boolean;

  /** @param compression - whether answers may be compressed */
  constructor(compression: boolean) {
    this.#compression = compression;
  }

  /** Sends an answer in one piece. */
  send(res: ServerResponse, { status, headers, body, bytes, forms }: Answer): void {
    const size = bytes ?? (typeof body === 'string' ? Buffer.byteLength(body) : body.length);
    if (!this.#compression || size === 0) {
      write(res, status, headers, body, size);
      return;
    }
    const { coding, identity } = codingsFor(res.req.headers['accept-encoding']);
    if (identity && size < MIN_COMPRESSED_BYTES) {
      write(res, status, headers, body, size);
      return;
    }
    headers.vary = addVary(res, headers, 'Accept-Encoding');
    if (coding === null) write(res, status, headers, body, size);
    else this.#sendCompressed(res, { status, headers, body, forms }, coding);
  }

  #sendCompressed(res: ServerResponse, { status, headers, body, forms }: Answer, coding: Coding): void {
    const plain = typeof body === 'string' ? Buffer.from(body) : body;
    const sendForm = (form: Buffer) => {
      headers['content-encoding'] = coding;
      write(res, status, headers, form, form.length);
    };
    const kept = forms?.get(coding);
    if (kept !== undefined) {
      sendForm(kept);
      return;
    }
    const done = (form: Buffer) => {
      // The response cache reserves capacity for compressed bodies of at most half the size: see `FastPath`.
      if (form.length <= plain.length / 2) forms?.set(coding, form);
      sendForm(form);
    };
    const form = compress(plain, coding);
    if (Buffer.isBuffer(form)) done(form);
    else form.then(done, () => res.destroy());
  }

  /** Sends an error that is not one of an operation. */
  sendError(res: ServerResponse, { status, message, headers }: HttpError): void {
    const all = { ...headers, 'content-type': JSON_TYPE, 'cache-control': 'no-store' };
    this.send(res, { status, headers: all, body: errorBody(status, message) });
  }

  /**
   * Sends an answer in parts, each as soon as it is there. A client that does not read is cut off by the server's
   * timeout for connections on which nothing moves; then, and when the client goes away, the parts are cancelled.
   */
  stream(res: ServerResponse, status: number, headers: OutgoingHttpHeaders, parts: Parts): void {
    const source = readableOf(parts);
    const coding = this.#compression ? codingsFor(res.req.headers['accept-encoding']).coding : null;
    if (this.#compression) headers.vary = addVary(res, headers, 'Accept-Encoding');
    if (coding === null) {
      res.writeHead(status, headers);
      pipeline(source, res, ignore);
      return;
    }
    headers['content-encoding'] = coding;
    res.writeHead(status, headers);
    const through = compressor(coding);
    // A part is written in pieces, all in one turn of the event loop: they are flushed together.
    let flushing = false;
    source.on('data', () => {
      if (flushing) return;
      flushing = true;
      setImmediate(() => {
        flushing = false;
        if (!through.destroyed) through.flush();
      });
    });
    pipeline(source, through, res, ignore);
  }
}

/** The value of `Vary` with one more field. */
function addVary(res: ServerResponse, headers: OutgoingHttpHeaders, field: string): string {
  const present = headers.vary ?? res.getHeader('vary');
  return present === undefined ? field : `${present}, ${field}`;
}

function write(
  res: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Buffer,
  bytes: number,
): void {
  if (res.destroyed) return;
  headers['content-length'] = String(bytes);
  res.writeHead(status, headers);
  // As many bytes as characters: all of it is ASCII, which Node need not encode.
  if (typeof body === 'string') res.end(body, bytes === body.length ? 'latin1' : 'utf8');
  else res.end(body);
}

/** Node's `fromWeb` takes streams of Node's own class only. */
function readableOf(parts: Parts): Readable {
  const reader = parts.getReader();
  return new Readable({
    read() {
      reader.read().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error('the stream failed')),
      );
    },
    destroy(error, done) {
      reader.cancel(error).then(
        () => done(error),
        () => done(error),
      );
    },
  });
}

/** A broken connection has been closed already, and the request's signal tells the operation. */
function ignore(): void {}
