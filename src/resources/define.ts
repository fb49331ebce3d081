import type { Codec } from './codecs.js';
import type { Member } from './member.js';
import type { Scope } from './scopes.js';

/** A field of a record, read from one member of the upstream's JSON. */
export interface FieldDeclaration<T = unknown> {
  readonly codec: Codec<T>;
  /**
   * Wire name of the member, or several where the vendors spell it differently: the first one that is present counts.
   */
  readonly wire: string | readonly string[];
  /** Description in the schema. The sentence about the scope is added to it. */
  readonly description: string;
  /** Scope that a caller needs to read the field, beside the one that every field needs. */
  readonly scope?: Scope;
}

/** A field that is computed from other fields of the record. */
export interface DerivedFieldDeclaration {
  readonly type: 'Boolean' | 'Long' | 'String' | 'DateTime';
  readonly description: string;
  /** Fields that it is computed from; a malformed one makes the derived field null, with its error. */
  readonly from: readonly string[];
  /** @param values - of the fields in `from`, in that order */
  readonly compute: (...values: never[]) => unknown;
}

export type Fields = Readonly<Record<string, FieldDeclaration>>;

/** A record as its fields are declared: each field as a member of the decoded type. */
export type RecordOf<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends FieldDeclaration<infer T> ? Member<T> : never;
};

/**
 * Method of a record that returns the fingerprint of its SID without decoding it, or `null` if that cannot be told. A
 * decoder can provide it; the fingerprint has to equal that of the decoded SID.
 */
export const FINGERPRINT: unique symbol = Symbol('fingerprint');

/** A record of any resource. */
export interface AnyRecord {
  readonly [name: string]: Member<unknown>;
  readonly [FINGERPRINT]?: () => number | null;
}

/** How a record is fetched by its SID: the type is a `Node` and a Federation entity then. */
export interface SingleRead {
  /** Field of `Query` that fetches one record. */
  readonly field: string;
  readonly description: string;
  /** SIDs of this resource; anything else is rejected before a request is sent. */
  readonly sidPattern: RegExp;
  /** What such a SID looks like, for descriptions and error messages. */
  readonly sidFormat: string;
  /** Path of the collection, to which the SID is appended: `/v1/Sims`. */
  readonly path: string;
  /** Key of the records in the collection's pages, if the upstream can list them. */
  readonly envelopeKey?: string;
}

/** One kind of record of the upstream API, and the GraphQL object type that it becomes. */
export interface ResourceDeclaration<F extends Fields = Fields> {
  /** Name of the GraphQL type. */
  readonly name: string;
  /** Noun for error messages: `a data session`. */
  readonly noun: string;
  readonly description: string;
  /** Description of the global `id` field. */
  readonly idDescription: string;
  readonly fields: F;
  readonly derived: Readonly<Record<string, DerivedFieldDeclaration>>;
  /**
   * Fields that never change over the life of a record: a record without a SID is identified by them. They must not
   * need a scope beyond `wireless:read`, because a caller could test guesses at them against an identifier.
   */
  readonly identity: readonly string[];
  /** `null`: the upstream cannot fetch one record, so the type is no `Node`. */
  readonly single: SingleRead | null;
}

/** Declares a resource. The field `sid` has to be among the fields. */
export function defineResource<F extends Fields & { readonly sid: FieldDeclaration<string> }>(
  declaration: Omit<ResourceDeclaration<F>, 'derived' | 'identity'> &
    Partial<Pick<ResourceDeclaration<F>, 'derived'>> & { readonly identity: readonly (keyof F & string)[] },
): ResourceDeclaration<F> {
  return { derived: {}, ...declaration };
}

/** An argument of a list that the upstream evaluates itself. */
export interface ListArgument {
  /** GraphQL type of the argument. */
  readonly type: 'ID' | 'String' | Codec<string>;
  /** Name of the query parameter. */
  readonly wire: string;
  readonly description: string;
}

/** Values of a list's arguments, by argument name; arguments that are not given are absent. */
export type ListArguments = Readonly<Record<string, string>>;

/** A paginated list of the upstream, and the Relay connection field that it becomes. */
export interface ListDeclaration<R extends AnyRecord = AnyRecord> {
  /** Resource whose type has the field; `null`: `Query` has it. */
  readonly parent: ResourceDeclaration | null;
  /** Name of the connection field. */
  readonly field: string;
  readonly resource: ResourceDeclaration;
  /** Path of the list, without a query: `/v1/Sims/DE…/DataSessions`. @param parentSid - empty for a list of `Query` */
  readonly path: (parentSid: string) => string;
  /** Member of the response that has the records. */
  readonly envelopeKey: string;
  readonly arguments: Readonly<Record<string, ListArgument>>;
  /** Noun phrase for error messages: `this SIM's data sessions`. */
  readonly noun: string;
  readonly description: string;
  readonly connectionDescription: string;
  readonly edgeDescription: string;
  /** Upstream pages that one window may read. */
  readonly pageBudget: number;
  /** Bytes of cache for pages of this list, bodies and decoded records together. */
  readonly cacheBytes: number;
  /** What a cursor of the list is bound to, if it is not the default of `listKey`. */
  readonly cursorKey?: (parentSid: string) => string;
  /** Never set: carries the type of the records. */
  readonly record?: R;
}

/** Declares a list of records under a parent, or under `Query`. */
export function defineList<F extends Fields>(
  declaration: Omit<ListDeclaration, 'resource' | 'arguments' | 'record'> &
    Partial<Pick<ListDeclaration, 'arguments'>> & { readonly resource: ResourceDeclaration<F> },
): ListDeclaration<RecordOf<F>> {
  return { arguments: {}, ...declaration };
}

/** The connection's GraphQL type prefix: `SimDataSessions`, `Sims`. */
export function connectionName({ parent, field }: ListDeclaration): string {
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
  return JSON.stringify([connectionName(list), parentSid, ...given]);
}

/** Wire names of a field, the preferred one first. */
export function wireNames({ wire }: FieldDeclaration): readonly string[] {
  return typeof wire === 'string' ? [wire] : wire;
}
