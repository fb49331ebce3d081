import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { baseHead } from './base-headers.js';
import { type Coding, codingsFor, compress, compressor } from './content-codings.js';
import { errorBody, type HttpError, JSON_TYPE } from './error-body.js';

/** A smaller response, in bytes, fits into one packet: compressing it saves no time on any network. */
export const MIN_COMPRESSED_BYTES = 1400;

/** The compressed forms of a cached response. */
export type CompressedForms = Map<Coding, Buffer>;

/** A response in one part. */
export interface Answer {
  readonly status: number;
  /** By name, or as a list of names and values in turn, which takes less time to write. */
  readonly headers: OutgoingHttpHeaders | readonly string[];
  readonly body: string | Buffer;
  /** Size of the body in UTF-8, where that is known. */
  readonly bytes?: number;
  /** Where its compressed forms are cached. */
  readonly forms?: CompressedForms | undefined;
}

/** A response in parts, as a stream of the Fetch API. */
export interface Parts {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

/** Writes responses, with the content coding that the client accepts. */
export class Responder {
  readonly #compression: boolean;

  /** @param compression - whether responses may be compressed */
  constructor(compression: boolean) {
    this.#compression = compression;
  }

  /** Sends a response in one part. */
  send(res: ServerResponse, { status, headers, body, bytes, forms }: Answer): void {
    const size = bytes ?? (typeof body === 'string' ? Buffer.byteLength(body) : body.length);
    if (!this.#compression || size === 0) {
      write(res, status, withHeaders(baseHead(res), headers), body, size);
      return;
    }
    const { coding, identity } = codingsFor(res.req.headers['accept-encoding']);
    if (identity && size < MIN_COMPRESSED_BYTES) {
      write(res, status, withHeaders(baseHead(res), headers), body, size);
      return;
    }
    const head = withHeaders(baseHead(res, true), headers);
    if (coding === null) write(res, status, head, body, size);
    else sendCompressed(res, status, head, body, forms, coding);
  }

  /** Sends an error that does not belong to an operation. */
  sendError(res: ServerResponse, { status, message, headers }: HttpError): void {
    const all = { ...headers, 'content-type': JSON_TYPE, 'cache-control': 'no-store' };
    this.send(res, { status, headers: all, body: errorBody(status, message) });
  }

  /**
   * Sends a response in parts, each as soon as it is available. The server's timeout for inactive connections disconnects a
   * client that does not read. The parts are cancelled when the client disconnects.
   *
   * @param compresses - whether the response may be compressed
   */
  stream(
    res: ServerResponse,
    status: number,
    headers: OutgoingHttpHeaders,
    parts: Parts,
    compresses: boolean,
  ): void {
    const source = readableOf(parts);
    const compression = this.#compression && compresses;
    const coding = compression ? codingsFor(res.req.headers['accept-encoding']).coding : null;
    const head = withHeaders(baseHead(res, compression), headers);
    if (coding === null) {
      res.writeHead(status, head);
      pipeline(source, res, ignore);
      return;
    }
    head.push('Content-Encoding', coding);
    res.writeHead(status, head);
    const through = compressor(coding);
    // A part is written in several chunks within one turn of the event loop: they are flushed together.
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

function sendCompressed(
  res: ServerResponse,
  status: number,
  head: OutgoingHttpHeader[],
  body: string | Buffer,
  forms: CompressedForms | undefined,
  coding: Coding,
): void {
  const plain = typeof body === 'string' ? Buffer.from(body) : body;
  head.push('Content-Encoding', coding);
  const sendForm = (form: Buffer) => write(res, status, head, form, form.length);
  const kept = forms?.get(coding);
  if (kept !== undefined) {
    sendForm(kept);
    return;
  }
  const done = (form: Buffer) => {
    // The cache counts each form as half the size of the response.
    if (form.length <= plain.length / 2) forms?.set(coding, form);
    sendForm(form);
  };
  const form = compress(plain, coding);
  if (Buffer.isBuffer(form)) done(form);
  else form.then(done, () => res.destroy());
}

/** Adds headers to the head of a response, a list of names and values in turn. */
function withHeaders(base: string[], headers: Answer['headers']): OutgoingHttpHeader[] {
  const head: OutgoingHttpHeader[] = base;
  if (isList(headers)) {
    for (const text of headers) head.push(text);
  } else {
    for (const name in headers) {
      const value = headers[name];
      // Yoga sets it on some of its responses, for the body without a content coding.
      if (value !== undefined && name !== 'content-length') head.push(name, value);
    }
  }
  return head;
}

function isList(headers: Answer['headers']): headers is readonly string[] {
  return Array.isArray(headers);
}

/** Writes a response whole. @param head - the headers without `Content-Length`, which is added */
function write(
  res: ServerResponse,
  status: number,
  head: OutgoingHttpHeader[],
  body: string | Buffer,
  bytes: number,
): void {
  if (res.destroyed) return;
  head.push('Content-Length', String(bytes));
  res.writeHead(status, head);
  // As many bytes as characters: the body is ASCII, which Node need not encode.
  if (typeof body === 'string') res.end(body, bytes === body.length ? 'latin1' : 'utf8');
  else res.end(body);
}

/** Node's `fromWeb` accepts streams of Node's own class only. */
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

/** A failed connection is already closed, and the request's signal has aborted the operation. */
function ignore(): void {}
