import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Fault } from './faults.js';

/** Bytes of a response body, and the headers that belong to them. */
export interface WireBody {
  readonly bytes: Buffer;
  readonly headers: OutgoingHttpHeaders;
}

/** Applies the faults that change bytes and headers of a response, in order. */
export function withWireChanges(
  bytes: Buffer,
  request: IncomingHttpHeaders,
  faults: readonly Fault[],
): WireBody {
  return faults.reduce<WireBody>((body, fault) => withWireChange(body, request, fault), {
    bytes,
    headers: {},
  });
}

function withWireChange(body: WireBody, request: IncomingHttpHeaders, fault: Fault): WireBody {
  const { bytes, headers } = body;
  if (fault.kind === 'gzip') {
    const accepted = String(request['accept-encoding'] ?? '').includes('gzip');
    return accepted && bytes.length > 0
      ? { bytes: gzipSync(bytes), headers: { ...headers, 'content-encoding': 'gzip' } }
      : body;
  }
  if (fault.kind !== 'wire') return body;
  return { bytes: fault.bytes?.(bytes) ?? bytes, headers: { ...headers, ...fault.headers } };
}
