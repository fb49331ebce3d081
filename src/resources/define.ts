import type { Codec, EnumCodec } from './codecs.js';
import type { Member } from './member.js';
import type { Scope } from './scopes.js';

/** A field of a record, read from one member of the upstream's JSON. */
export interface FieldDeclaration<T = unknown> {
  readonly codec: Codec<T>;
  /**
   * Name of the member on the wire, with dots for a member of a nested object; several where the vendors spell it
   * differently: the first one that is present counts.
   */
  readonly wire: string | readonly string[];
  /** Description in the schema. The sentence about the scope is added to it. */
  readonly description: string;
  /** Scope that a caller needs to read the field, in addition to the one that every field needs. */
  readonly scope?: Scope;
}

/** A field that is computed from other fields of the record. */
export interface DerivedFieldDeclaration {
  readonly type: 'Boolean' | 'Long' | 'String' | 'DateTime';
  readonly description: string;
  /** Fields that it is computed from. A malformed one makes the derived field null, with its error. */
  readonly from: readonly string[];
  /** @param values - of the fields in `from`, in that order */
  readonly compute: (...values: never[]) => unknown;
}

export type Fields = Readonly<Record<string, FieldDeclaration>>;

/**
 * Method of a record that returns the fingerprint of its SID without decoding the SID, or `null` if that is not possible.
 * A decoder can provide it; the fingerprint has to equal that of the decoded SID.
 */
export const FINGERPRINT: unique symbol = Symbol('fingerprint');

/** A record of any resource. */
export interface AnyRecord {
  readonly [name: string]: Member<unknown>;
  readonly [FINGERPRINT]?: () => number | null;
}

/** A collection of the upstream API: records that it lists page by page. */
export interface CollectionDeclaration {
  /** Path without a query; `{parent}` stands for the SID of a parent: `/v1/Sims/{parent}/DataSessions`. */
  readonly path: string;
  /** Member of a response that has the records. */
  readonly envelopeKey: string;
  /** Query parameters that filter the collection, each with the member of a record that it is compared with. */
  readonly filters?: Readonly<Record<string, string>>;
}

/** How a record is fetched by its SID: its type is then a `Node` and a Federation entity. */
export interface SingleRead {
  /** Field of `Query` that fetches one record. */
  readonly field: string;
  readonly description: string;
  /** SIDs of this resource. Anything else is rejected before a request is sent. */
  readonly sidPattern: RegExp;
  /** What such a SID looks like, for descriptions and error messages. */
  readonly sidFormat: string;
  /** The collection in which the record is: its path and the SID are the path of the record. */
  readonly collection: CollectionDeclaration;
  /** Whether many records are worth one request for the first page of the collection. */
  readonly bulkList: boolean;
}

/** One kind of record of the upstream API, and the GraphQL object type that it becomes. */
export interface ResourceDeclaration<F extends Fields = Fields> {
  /** Name of the GraphQL type. */
  readonly name: string;
  /** Noun for error messages, with its article: `a data session`. */
  readonly noun: string;
  readonly description: string;
  /** Description of the global `id` field. */
  readonly idDescription: string;
  readonly fields: F;
  readonly derived: Readonly<Record<string, DerivedFieldDeclaration>>;
  /**
   * Fields that never change over the life of a record: a record without a SID is identified by them. None of them may
   * need a scope, because a caller could test guesses at its value against an identifier.
   */
  readonly identity: readonly string[];
  /** `null`: the upstream cannot fetch one record, so the type is no `Node`. */
  readonly single: SingleRead | null;
}

/**
 * Declares a resource. The field `sid` has to be among the fields.
 *
 * @throws {Error} if a field that identifies records needs a scope
 */
export function defineResource<F extends Fields & { readonly sid: FieldDeclaration<string> }>(
  declaration: Omit<ResourceDeclaration<F>, 'derived' | 'identity'> &
    Partial<Pick<ResourceDeclaration<F>, 'derived'>> & { readonly identity: readonly (keyof F & string)[] },
): ResourceDeclaration<F> {
  for (const name of declaration.identity) {
    if (declaration.fields[name]?.scope !== undefined) {
      throw new Error(`${declaration.name}.${name} needs a scope and cannot identify records`);
    }
  }
  return { derived: {}, ...declaration };
}

/** An argument of a list that the upstream evaluates. */
interface ListArgument {
  /** GraphQL type of the argument: a scalar, or the enum of a codec. */
  readonly type: 'ID' | 'String' | EnumCodec<string>;
  /** Query parameter, one of the `filters` of the collection. */
  readonly filter: string;
  readonly description: string;
}

/** Values of a list's arguments, by argument name, as the upstream takes them. Arguments that are not given are absent. */
export type ListArguments = Readonly<Record<string, string>>;

/** A list of records, and the Relay connection field that it becomes. */
export interface ListDeclaration {
  /** Resource whose type has the field; `null`: `Query` has it. */
  readonly parent: ResourceDeclaration | null;
  /** Name of the connection field. */
  readonly field: string;
  readonly resource: ResourceDeclaration;
  readonly collection: CollectionDeclaration;
  /** Filter of the collection that selects the records of a parent, if its path has no `{parent}`. */
  readonly parentFilter?: string;
  readonly arguments: Readonly<Record<string, ListArgument>>;
  /**
   * Prefix of the names of the connection's types: `SimDataSessions`. Lists of the same resource can share the types, and then
   * have the same descriptions.
   */
  readonly typeName: string;
  /** Noun phrase for error messages: `this SIM's data sessions`. */
  readonly noun: string;
  readonly description: string;
  readonly connectionDescription: string;
  readonly edgeDescription: string;
  /** Upstream pages that one window may read. */
  readonly pageBudget: number;
  /** Bytes of cache for pages of this list, bodies and decoded records together. */
  readonly cacheBytes: number;
  /** What a cursor of the list is bound to, if that is not what `listKey` returns by default. */
  readonly cursorKey?: (parentSid: string) => string;
}

/**
 * Declares a list of records of a parent, or of `Query`.
 *
 * @throws {Error} if an argument names no filter of the collection, or nothing says which parent the records belong to
 */
export function defineList(
  declaration: Omit<ListDeclaration, 'arguments' | 'typeName'> &
    Partial<Pick<ListDeclaration, 'arguments' | 'typeName'>>,
): ListDeclaration {
  const list = { arguments: {}, typeName: listName(declaration), ...declaration };
  const { collection, parent, parentFilter } = list;
  const filters = [...Object.values(list.arguments).map(({ filter }) => filter), parentFilter];
  for (const filter of filters) {
    if (filter !== undefined && collection.filters?.[filter] === undefined) {
      throw new Error(`${listName(list)}: ${filter} is not a filter of ${collection.path}`);
    }
  }
  if ((parent !== null) !== (collection.path.includes(PARENT) || parentFilter !== undefined)) {
    throw new Error(`${listName(list)}: the path or a filter has to name the parent, if there is one`);
  }
  return list;
}

/** Stands for the SID of the parent in the path of a collection. */
export const PARENT = '{parent}';

/** Path of a collection. @param parentSid - empty if its path names no parent */
export function collectionPath({ path }: CollectionDeclaration, parentSid: string): string {
  return path.replace(PARENT, () => parentSid);
}

/** Whether the upstream's response to a list says that the parent does not exist. A filter only makes the list empty. */
export function revealsParent({ collection }: ListDeclaration): boolean {
  return collection.path.includes(PARENT);
}

/** Name of a list, unique in a catalog: `SimDataSessions`, `Sims`. */
function listName({ parent, field }: Pick<ListDeclaration, 'parent' | 'field'>): string {
  return `${parent?.name ?? ''}${field.charAt(0).toUpperCase()}${field.slice(1)}`;
}

/**
 * What tells one list from all others: the field, the parent and the arguments. Cursors are bound to it.
 *
 * @param parentSid - empty for a list of `Query`
 */
export function listKey(list: ListDeclaration, parentSid: string, args: ListArguments): string {
  if (list.cursorKey !== undefined) return list.cursorKey(parentSid);
  const given = Object.keys(list.arguments).flatMap((name) => {
    const value = args[name];
    return value === undefined ? [] : [[name, value]];
  });
  return JSON.stringify([listName(list), parentSid, ...given]);
}

/** Names of a field on the wire, the preferred one first. */
export function wireNames({ wire }: FieldDeclaration): readonly string[] {
  return typeof wire === 'string' ? [wire] : wire;
}
