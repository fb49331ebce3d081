import type { ConnectionArguments } from '../pagination/arguments.js';
import { CursorSigner } from '../pagination/cursor/signer.js';
import type { AnyRecord, ListArguments, ListDeclaration, ResourceDeclaration } from '../resources/define.js';
import type { RequestScope, Upstream } from '../upstream/upstream.js';
import type { Connection } from './connection.js';
import { ConnectionLoader } from './connection-loader.js';
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
 * @returns creates the loaders of an operation
 */
export function createLoaders(upstream: Upstream, cursorKey: Uint8Array): (scope: RequestScope) => Loaders {
  const policies = new Map<ResourceDeclaration, BulkListPolicy>();
  const signer = new CursorSigner(cursorKey);
  return (scope) => new OperationLoaders(upstream, scope, signer, policies);
}

class OperationLoaders implements Loaders {
  readonly #upstream: Upstream;
  readonly #scope: RequestScope;
  readonly #connections: ConnectionLoader;
  readonly #policies: Map<ResourceDeclaration, BulkListPolicy>;
  /** Created when it is first used: most operations read lists alone. */
  #records: Map<ResourceDeclaration, RecordLoader> | undefined;

  constructor(
    upstream: Upstream,
    scope: RequestScope,
    signer: CursorSigner,
    policies: Map<ResourceDeclaration, BulkListPolicy>,
  ) {
    this.#upstream = upstream;
    this.#scope = scope;
    this.#connections = new ConnectionLoader(upstream, scope, signer);
    this.#policies = policies;
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
      loader = createRecordLoader(resource, this.#upstream, this.#scope, this.#policyOf(resource));
      this.#records.set(resource, loader);
    }
    return loader.load(sid);
  }

  #policyOf(resource: ResourceDeclaration): BulkListPolicy {
    let policy = this.#policies.get(resource);
    if (policy === undefined) {
      policy = new BulkListPolicy();
      this.#policies.set(resource, policy);
    }
    return policy;
  }
}
