import fc from 'fast-check';
import { expect } from 'vitest';
import { isJsonObject } from '../../src/resources/codecs.js';
import {
  type CollectionDeclaration,
  collectionPath,
  type ListDeclaration,
  type ResourceDeclaration,
} from '../../src/resources/define.js';
import { readInstant } from '../../src/resources/instant.js';
import { type Sandbox, startSandbox, type WireRecord } from '../../src/sandbox/index.js';
import { type Answer, startInstance, type TestGateway } from '../support/gateway.js';
import { type ConnectionResult, connectionOf, fieldsOf, listQuery, type Window } from './queries.js';
import { testCatalog } from './test-catalog.js';

export type Result = Answer<Record<string, unknown>>;

/**
 * Two gateways on one sandbox, with the fast path and without it, that serve the resources of the wireless API and those
 * of the tests. Every operation is sent to both, and both have to return the same bytes.
 */
export class Target {
  readonly sandbox: Sandbox;
  readonly #fast: TestGateway;
  readonly #reference: TestGateway;

  private constructor(sandbox: Sandbox, fast: TestGateway, reference: TestGateway) {
    this.sandbox = sandbox;
    this.#fast = fast;
    this.#reference = reference;
  }

  static async start(): Promise<Target> {
    const options = { catalog: testCatalog, sims: 3 };
    const sandbox = await startSandbox(options);
    const start = (env: Record<string, string>) => startInstance(sandbox, { sandbox: options, env });
    return new Target(sandbox, await start({}), await start({ FAST_PATH: 'off' }));
  }

  get url(): string {
    return this.#fast.url;
  }

  async send(query: string, variables: Record<string, unknown> = {}): Promise<Result> {
    const result = await this.#fast.sendText(query, variables);
    const reference = await this.#reference.sendText(query, variables);
    expect(withoutRequestIds(result.text)).toBe(withoutRequestIds(reference.text));
    return result;
  }

  async close(): Promise<void> {
    await this.#fast.close();
    await this.#reference.close();
    await this.sandbox.close();
  }
}

/** The upstream gives every request another ID. */
function withoutRequestIds(text: string): string {
  return text.replaceAll(/"requestId":"[^"]*"/g, '"requestId":""');
}

/** A SID that a resource accepts, the same for the same number. */
export function sidOf({ single }: ResourceDeclaration, number: number): string {
  const pattern = single?.sidPattern ?? /^WN[0-9a-f]{32}$/;
  const [sid = ''] = fc.sample(fc.stringMatching(pattern), { seed: number + 1, numRuns: 1 });
  return sid;
}

/** One list of a parent, with records that the sandbox holds. */
export class ListUnderTest {
  readonly declaration: ListDeclaration;
  readonly #target: Target;
  readonly parentSid: string;
  #serial = 0;

  constructor(target: Target, declaration: ListDeclaration) {
    this.#target = target;
    this.declaration = declaration;
    this.parentSid = declaration.parent === null ? '' : sidOf(declaration.parent, 0);
  }

  /** Path of the collection in the sandbox. */
  get path(): string {
    return collectionPath(this.declaration.collection, this.parentSid);
  }

  /** Gives records SIDs, and makes them records of this list. */
  complete(records: readonly WireRecord[]): readonly WireRecord[] {
    const { resource, parentFilter, collection } = this.declaration;
    const member = parentFilter === undefined ? undefined : collection.filters?.[parentFilter];
    return records.map((record) => {
      this.#serial += 1;
      const sid = sidOf(resource, this.#serial);
      const own = { ...record, sid, ...(member !== undefined && { [member]: this.parentSid }) };
      // Records without a SID are told apart by their periods; the tests tell them by the SID of the account.
      return resource.fields.sid === undefined
        ? { ...own, account_sid: sid, period: periodOf(record.period, this.#serial) }
        : own;
    });
  }

  /** Puts records into the list, with records of other parents between them if the upstream filters the list. */
  fill(records: readonly WireRecord[]): void {
    const { parent, parentFilter, collection } = this.declaration;
    const { sandbox } = this.#target;
    if (parent !== null) addParent(sandbox, parent.single?.collection, this.parentSid);
    const member = parentFilter === undefined ? undefined : collection.filters?.[parentFilter];
    const others = (index: number) =>
      member !== undefined && index % 3 === 0 ? [{ sid: `other${index}`, [member]: 'another' }] : [];
    sandbox.setRecords(
      this.path,
      records.flatMap((record, index) => [record, ...others(index)]),
    );
  }

  /** New records arrive at the head of the list. */
  insert(records: readonly WireRecord[]): void {
    this.#target.sandbox.insertRecords(this.path, records);
  }

  /** Requests a window, with all declared fields of its records. */
  async window(window: Window): Promise<WindowResult> {
    const { resource, arguments: declared } = this.declaration;
    const args = Object.values(declared).some(({ required }) => required) ? RANGE : '';
    const query = listQuery(this.declaration, fieldsOf(resource), args);
    const variables = { ...(this.parentSid !== '' && { parent: this.parentSid }), ...window };
    const result = await this.#target.send(query, variables);
    return { result, connection: connectionOf(this.declaration, result.data) };
  }
}

/** Arguments of lists that need a range. */
const RANGE = `start: "${wireDay(-20)}", end: "${wireDay(1)}", granularity: DAILY`;

/** Midnight (UTC) some days from now. */
function wireDay(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;
}

/** A period of its own in the range; what is no period stays as it is. */
function periodOf(period: unknown, serial: number): unknown {
  const start = new Date(Date.parse(wireDay(-10)) + serial * 1000).toISOString();
  if (period === undefined) return { start };
  return isJsonObject(period) && readInstant(String(period.start)) !== null ? { ...period, start } : period;
}

export interface WindowResult {
  readonly result: Result;
  /** `null` if the field failed. */
  readonly connection: ConnectionResult | null;
}

function addParent(sandbox: Sandbox, collection: CollectionDeclaration | undefined, sid: string): void {
  if (collection !== undefined) sandbox.setRecords(collection.path, [{ sid }]);
}
