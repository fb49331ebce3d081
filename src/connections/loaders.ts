import type { ConnectionArguments } from '../pagination/arguments.js';
import type { CursorSigner } from '../pagination/cursor/signer.js';
import type { AnyRecord } from '../resources/any-record.js';
import type { ResourceDeclaration } from '../resources/define.js';
import { sidOf } from '../resources/record.js';
import type { RequestScope, Upstream } from '../upstream/upstream.js';
import { type Clock, instantOf } from '../util/clock.js';
import { getOrCreate } from '../util/get-or-create.js';
import { deferredSpan } from '../util/span.js';
import type { Connection } from './connection.js';
import { ConnectionLoader } from './connection-loader.js';
import type { ListRequest } from './list-request.js';
import { PageLoader } from './page-loader.js';
import { PageSizes } from './page-sizes.js';
import { BulkListPolicy, createRecordLoader, type RecordLoader } from './record-loader.js';
import { type Summary, SummaryLoader, type SummaryRequest } from './summary-loader.js';
import type { WalkServices } from './walk-runner.js';

/** The loaders of one operation. */
export interface Loaders {
  /** As `ConnectionLoader.load`. */
  connection(list: ListRequest, window: ConnectionArguments): Promise<Connection | null>;
  /** As `SummaryLoader.load`; the same summary is computed once. */
  summary(request: SummaryRequest): Promise<Summary | null>;
  /** @returns `null` if the upstream has no record with that SID */
  record(resource: ResourceDeclaration, sid: string): Promise<AnyRecord | null>;
  /**
   * Finds a record by another name than its SID.
   *
   * @param argument - one of the lookups of the resource
   * @returns `null` if the upstream has no record with exactly that name
   */
  lookup(resource: ResourceDeclaration, argument: string, name: string): Promise<AnyRecord | null>;
  /** Limits each walk over a whole list to so many pages, in addition to the limit of the list. */
  limitWalks(pages: number): void;
}

/**
 * @param signer - signs the cursors of the account, in the same way on every instance
 * @param clock - of the upstream client
 * @param onWalk - called at the end of each walk of a list
 * @returns creates the loaders of an operation
 */
export function createLoaders(
  upstream: Upstream,
  signer: CursorSigner,
  clock: Pick<Clock, 'now' | 'wallNow'>,
  onWalk: WalkServices['onWalk'] = () => {},
): (scope: RequestScope) => Loaders {
  const shared: SharedState = {
    upstream,
    clock,
    signer,
    walks: { sizes: new PageSizes(clock.now), onWalk },
    policies: new Map(),
  };
  return (scope) => new OperationLoaders(shared, scope);
}

/** What the loaders of all operations share. */
interface SharedState {
  readonly upstream: Upstream;
  readonly clock: Pick<Clock, 'now' | 'wallNow'>;
  readonly signer: CursorSigner;
  readonly walks: WalkServices;
  readonly policies: Map<ResourceDeclaration, BulkListPolicy>;
}

class OperationLoaders implements Loaders {
  readonly #shared: SharedState;
  readonly #scope: RequestScope;
  readonly #pages: PageLoader;
  readonly #connections: ConnectionLoader;
  readonly #limits = { pages: Number.POSITIVE_INFINITY };
  // Created when they are first used: most operations read windows alone.
  #records: Map<ResourceDeclaration, RecordLoader> | undefined;
  #lookups: Map<string, Promise<AnyRecord | null>> | undefined;
  #summaries: Map<string, Promise<Summary | null>> | undefined;
  #summaryLoader: SummaryLoader | undefined;

  constructor(shared: SharedState, scope: RequestScope) {
    const { upstream, signer, walks, clock } = shared;
    this.#shared = shared;
    this.#scope = scope;
    this.#pages = new PageLoader(upstream, scope, clock.wallNow);
    this.#connections = new ConnectionLoader(this.#pages, signer, walks, this.#limits);
  }

  connection(list: ListRequest, window: ConnectionArguments): Promise<Connection | null> {
    return this.#connections.load(list, window);
  }

  summary(request: SummaryRequest): Promise<Summary | null> {
    this.#summaries ??= new Map();
    return getOrCreate(this.#summaries, request.key, () => this.#summaryOf(request));
  }

  record(resource: ResourceDeclaration, sid: string): Promise<AnyRecord | null> {
    return this.#recordLoader(resource).load(sid);
  }

  lookup(resource: ResourceDeclaration, argument: string, name: string): Promise<AnyRecord | null> {
    this.#lookups ??= new Map();
    const key = `${resource.name} ${argument} ${name}`;
    return getOrCreate(this.#lookups, key, () => this.#lookUp(resource, argument, name));
  }

  limitWalks(pages: number): void {
    this.#limits.pages = pages;
  }

  async #summaryOf(request: SummaryRequest): Promise<Summary | null> {
    const { walks, clock } = this.#shared;
    this.#summaryLoader ??= new SummaryLoader(
      this.#pages,
      this.#connections,
      walks,
      this.#limits,
      (sentAt) => ({ now: clock.wallNow(), asOf: instantOf(clock, sentAt) }),
    );
    return this.#summaryLoader.load(request);
  }

  async #lookUp(resource: ResourceDeclaration, argument: string, name: string): Promise<AnyRecord | null> {
    const lookup = resource.single?.lookups?.[argument];
    if (lookup === undefined) return null;
    const span = deferredSpan(this.#scope.span, `look up ${resource.name}`, {
      'gateway.resource': resource.name,
      'gateway.lookup': argument,
    });
    const scope = span === undefined ? this.#scope : { ...this.#scope, span };
    const record = await this.#shared.upstream
      .lookup(resource, lookup, name, scope)
      .finally(() => span?.end());
    const sid = record === null ? null : sidOf(record);
    if (sid !== null) this.#recordLoader(resource).prime(sid, record);
    return record;
  }

  #recordLoader(resource: ResourceDeclaration): RecordLoader {
    this.#records ??= new Map();
    return getOrCreate(this.#records, resource, () => {
      const { upstream, policies } = this.#shared;
      const policy = getOrCreate(policies, resource, () => new BulkListPolicy());
      return createRecordLoader(resource, upstream, this.#scope, policy);
    });
  }
}
