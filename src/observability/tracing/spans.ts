import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Span, SpanAttributes, StartSpan } from '../../util/span.js';

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;

/** What all spans share. */
interface Tracing {
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
}

/** @returns starts the spans of requests: children of the caller's span if its headers name one */
export function spanStarter(tracing: Tracing): StartSpan {
  const { tracer, propagator } = tracing;
  return (name, attributes, headers) => {
    const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    return span.isRecording()
      ? new RecordedSpan(tracing, span, parent)
      : new UnsampledSpan(tracing, span, parent);
  };
}

class RecordedSpan implements Span {
  readonly isRecorded = true;
  readonly #tracing: Tracing;
  readonly #span: SdkSpan;
  readonly #parent: Context;
  /** With this span as the current one; created for the first child. */
  #context: Context | null = null;
  #failed = false;

  constructor(tracing: Tracing, span: SdkSpan, parent: Context) {
    this.#tracing = tracing;
    this.#span = span;
    this.#parent = parent;
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  child(name: string, attributes?: SpanAttributes, kind: 'internal' | 'client' = 'internal'): Span {
    const context = this.#current();
    const options = attributes === undefined ? { kind: KINDS[kind] } : { kind: KINDS[kind], attributes };
    return new RecordedSpan(this.#tracing, this.#tracing.tracer.startSpan(name, options, context), context);
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  set(attributes: SpanAttributes): void {
    for (const name in attributes) {
      const value = attributes[name];
      if (value !== undefined) this.#span.setAttribute(name, value);
    }
  }

  fail(code: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#span.setAttribute('error.type', code);
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.#span.end();
  }

  headers(): Record<string, string> {
    return headersOf(this.#tracing, this.#current());
  }

  #current(): Context {
    this.#context ??= trace.setSpan(this.#parent, this.#span);
    return this.#context;
  }
}

/** A span that the sampler has left out. It is its own child, so that only its operation pays for it. */
class UnsampledSpan implements Span {
  readonly isRecorded = false;
  readonly #tracing: Tracing;
  readonly #span: SdkSpan;
  readonly #parent: Context;

  constructor(tracing: Tracing, span: SdkSpan, parent: Context) {
    this.#tracing = tracing;
    this.#span = span;
    this.#parent = parent;
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  child(): this {
    return this;
  }

  rename(): void {}

  set(): void {}

  fail(): void {}

  end(): void {}

  headers(): Record<string, string> {
    return headersOf(this.#tracing, trace.setSpan(this.#parent, this.#span));
  }
}

function headersOf({ propagator }: Tracing, context: Context): Record<string, string> {
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, defaultTextMapSetter);
  return headers;
}
