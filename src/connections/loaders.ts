import type { ConnectionArguments } from '../pagination/arguments.js';
import { CursorSigner } from '../pagination/cursor/signer.js';
import type { AnyRecord, ListArguments, ListDeclaration, ResourceDeclaration } from '../resources/define.js';
import type { RequestScope, Upstream } from '../upstream/upstream.js';
import type { Connection } from './connection.js';
import { ConnectionLoader } from './connection-loader.js';
import { PageSizes } from './page-sizes.js';
import { BulkListPolicy, createRecordLoader, type RecordLoader } from './record-loader.js';

/** The loaders of one operation. */
export interface Loaders {
  /** As `ConnectionLoader.load`. */
  connection(
    list: ListDeclaration,
    parentSid: string,
    args: ListArguments,
    window: ConnectionArguments,
  ): Promise<Connection | null>;
  /** @returns `null` if the upstream has no record with that SID */
  record(resource: ResourceDeclaration, sid: string): Promise<AnyRecord | null>;
}

/**
 * @param cursorKey - secret that signs cursors; the same on every instance
 * @param now - milliseconds on the clock of the upstream client
 * @returns creates the loaders of an operation
 */
export function createLoaders(
  upstream: Upstream,
  cursorKey: Uint8Array,
  now: () => number,
): (scope: RequestScope) => Loaders {
  const shared: SharedState = {
    upstream,
    signer: new CursorSigner(cursorKey),
    sizes: new PageSizes(now),
    policies: new Map(),
  };
  return (scope) => new OperationLoaders(shared, scope);
}

/** What the loaders of all operations share. */
interface SharedState {
  readonly upstream: Upstream;
  readonly signer: CursorSigner;
  readonly sizes: PageSizes;
  readonly policies: Map<ResourceDeclaration, BulkListPolicy>;
}

class OperationLoaders implements Loaders {
  readonly #shared: SharedState;
  readonly #scope: RequestScope;
  readonly #connections: ConnectionLoader;
  /** Created when it is first used: most operations read lists alone. */
  #records: Map<ResourceDeclaration, RecordLoader> | undefined;

  constructor(shared: SharedState, scope: RequestScope) {
    this.#shared = shared;
    this.#scope = scope;
    this.#connections = new ConnectionLoader(shared.upstream, scope, shared.signer, shared.sizes);
  }

  connection(
    list: ListDeclaration,
    parentSid: string,
    args: ListArguments,
    window: ConnectionArguments,
  ): Promise<Connection | null> {
    return this.#connections.load(list, parentSid, args, window);
  }

  record(resource: ResourceDeclaration, sid: string): Promise<AnyRecord | null> {
    this.#records ??= new Map();
    let loader = this.#records.get(resource);
    if (loader === undefined) {
      const policy = this.#policyOf(resource);
      loader = createRecordLoader(resource, this.#shared.upstream, this.#scope, policy);
      this.#records.set(resource, loader);
    }
    return loader.load(sid);
  }

  #policyOf(resource: ResourceDeclaration): BulkListPolicy {
    const { policies } = this.#shared;
    let policy = policies.get(resource);
    if (policy === undefined) {
      policy = new BulkListPolicy();
      policies.set(resource, policy);
    }
    return policy;
  }
}
