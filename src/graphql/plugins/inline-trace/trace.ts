import type { GraphQLError, GraphQLResolveInfo } from 'graphql';
import { WireMessage } from './wire.js';

type Path = GraphQLResolveInfo['path'];

/** A field or list item of the response. Times are nanoseconds since the start of the trace. */
interface TraceNode {
  readonly key: string | number;
  readonly children: Map<string | number, TraceNode>;
  readonly errors: GraphQLError[];
  field?: { readonly info: GraphQLResolveInfo; readonly start: number; end: number };
}

/**
 * Resolver times of an operation in the format that Apollo's routers collect from subgraphs (`ftv1`: the message
 * `Trace` of Apollo's `reports.proto` in base64).
 */
export class Trace {
  readonly #root: TraceNode = newNode('');
  readonly #startedAt = { clock: process.hrtime.bigint(), time: Date.now() };
  // Siblings share the path of their parent as one object.
  readonly #nodes = new Map<Path, TraceNode>();

  /** Records the start of a field. @returns function to call when the field is resolved */
  begin(info: GraphQLResolveInfo): () => void {
    const start = this.#now();
    const field = { info, start, end: start };
    this.#nodeAt(info.path).field = field;
    return () => {
      field.end = this.#now();
    };
  }

  /** Ends the trace. @param errors - masked errors, because a trace must not reveal more than the response */
  finish(errors: readonly GraphQLError[]): string {
    for (const error of errors) this.#nodeOf(error).errors.push(error);
    return new WireMessage()
      .message(3, timestamp(Date.now()))
      .message(4, timestamp(this.#startedAt.time))
      .integer(11, this.#now())
      .message(14, encode(this.#root))
      .toBase64();
  }

  #now(): number {
    return Number(process.hrtime.bigint() - this.#startedAt.clock);
  }

  #nodeAt(path: Path): TraceNode {
    let node = this.#nodes.get(path);
    if (node === undefined) {
      node = newNode(path.key);
      this.#nodes.set(path, node);
      const parent = path.prev === undefined ? this.#root : this.#nodeAt(path.prev);
      parent.children.set(path.key, node);
    }
    return node;
  }

  /** Returns the node at the path of an error, or its closest ancestor that was resolved. */
  #nodeOf({ path = [] }: GraphQLError): TraceNode {
    let node = this.#root;
    for (const key of path) node = node.children.get(key) ?? node;
    return node;
  }
}

function newNode(key: string | number): TraceNode {
  return { key, children: new Map(), errors: [] };
}

function encode({ key, field, errors, children }: TraceNode): WireMessage {
  const message = new WireMessage();
  if (typeof key === 'number') message.integer(2, key);
  else if (key !== '') message.text(1, key);
  if (field !== undefined) {
    const { info, start, end } = field;
    if (key !== info.fieldName) message.text(14, info.fieldName);
    message.text(3, String(info.returnType)).text(13, info.parentType.name).integer(8, start).integer(9, end);
  }
  for (const error of errors) message.message(11, encodeError(error));
  for (const child of children.values()) message.message(12, encode(child));
  return message;
}

function encodeError(error: GraphQLError): WireMessage {
  const message = new WireMessage().text(1, error.message);
  for (const { line, column } of error.locations ?? []) {
    message.message(2, new WireMessage().integer(1, line).integer(2, column));
  }
  return message.text(4, JSON.stringify(error));
}

/** @param time - milliseconds since 1970 */
function timestamp(time: number): WireMessage {
  return new WireMessage().integer(1, Math.floor(time / 1000)).integer(2, (time % 1000) * 1_000_000);
}
