/** Attributes of a span. Names are those of OpenTelemetry's semantic conventions, or begin with `gateway.`. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * A span of a trace, independent of the library that records it. It is passed on explicitly, because storage that follows
 * asynchronous calls (`AsyncLocalStorage`) slows every promise down. Where tracing is off there is no span (`undefined`),
 * so that it costs one check.
 *
 * Neither names nor attributes may have a credential, SID, cursor or variable, nor a URL, which has SIDs and page tokens.
 */
export interface Span {
  /** ID of the trace, in 32 hexadecimal digits. */
  readonly traceId: string;
  /** Whether the span is recorded. One that is not recorded returns itself as its children. */
  readonly isRecorded: boolean;
  /**
   * Starts a span within this one.
   *
   * @param kind - `client` for a request to another server
   */
  child(name: string, attributes?: SpanAttributes, kind?: 'internal' | 'client'): Span;
  rename(name: string): void;
  /** Sets attributes, except for those that are `undefined`. */
  set(attributes: SpanAttributes): void;
  /**
   * Marks the span as failed, and sets `error.type`. Only the first call has an effect.
   *
   * @param code - a value of a fixed set
   */
  fail(code: string): void;
  /** Ends the span. Must be called once, after everything else. */
  end(): void;
  /** Headers by which a request continues the trace. */
  headers(): Readonly<Record<string, string>>;
}

/**
 * Starts the span of a request that another program has sent.
 *
 * @param headers - of the request; they may say which trace it belongs to
 */
export type StartSpan = (
  name: string,
  attributes: SpanAttributes,
  headers: Readonly<Record<string, string | string[] | undefined>>,
) => Span;

/**
 * A span that is started with its first child: work that finds everything it needs in a cache takes no time, and is not
 * recorded.
 *
 * @param parent - `undefined`: tracing is off
 * @param attributes - set when the span is started
 */
export function deferredSpan(
  parent: Span | undefined,
  name: string,
  attributes: SpanAttributes,
): Span | undefined {
  return parent?.isRecorded ? new DeferredSpan(parent, name, attributes) : parent;
}

class DeferredSpan implements Span {
  readonly isRecorded = true;
  readonly #parent: Span;
  readonly #attributes: SpanAttributes;
  #name: string;
  #span: Span | null = null;

  constructor(parent: Span, name: string, attributes: SpanAttributes) {
    this.#parent = parent;
    this.#name = name;
    this.#attributes = attributes;
  }

  get traceId(): string {
    return this.#parent.traceId;
  }

  child(name: string, attributes?: SpanAttributes, kind?: 'internal' | 'client'): Span {
    this.#span ??= this.#parent.child(this.#name, this.#attributes);
    return this.#span.child(name, attributes, kind);
  }

  rename(name: string): void {
    this.#name = name;
    this.#span?.rename(name);
  }

  set(attributes: SpanAttributes): void {
    this.#span?.set(attributes);
  }

  fail(code: string): void {
    this.#span?.fail(code);
  }

  end(): void {
    this.#span?.end();
  }

  headers(): Readonly<Record<string, string>> {
    return (this.#span ?? this.#parent).headers();
  }
}

/**
 * Waits within a span.
 *
 * @param parent - `undefined`: tracing is off
 * @param codeOf - the code of an error, of a fixed set
 */
export function waitWithin<T>(
  parent: Span | undefined,
  name: string,
  promise: Promise<T>,
  codeOf: (error: unknown) => string,
): Promise<T> {
  return parent?.isRecorded ? endAfter(parent.child(name), promise, codeOf) : promise;
}

async function endAfter<T>(span: Span, promise: Promise<T>, codeOf: (error: unknown) => string): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    span.fail(codeOf(error));
    throw error;
  } finally {
    span.end();
  }
}
