import type { AnyRecord } from './any-record.js';
import type { ArgumentDeclaration, ListArguments } from './arguments.js';
import type { Codec } from './codecs.js';
import type { FilterDeclaration } from './filter.js';
import type { EnumDeclaration, ObjectDeclaration } from './output-types.js';
import type { Scope } from './scopes.js';
import type { SummaryDeclaration } from './summary.js';

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
  /** Whether it always has a value: a malformed field that it is computed from then counts as absent. */
  readonly nonNull?: true;
  readonly description: string;
  /** Fields that it is computed from. A malformed one makes the derived field null, with its error. */
  readonly from: readonly string[];
  /** @param values - of the fields in `from`, in that order, then the present time in milliseconds since 1970 */
  readonly compute: (...values: never[]) => unknown;
}

/** A field that repeats an argument of the list that the record is in. */
export interface ArgumentFieldDeclaration {
  readonly type: EnumDeclaration;
  readonly description: string;
}

export type Fields = Readonly<Record<string, FieldDeclaration>>;

/** A collection of the upstream API: records that it lists page by page. */
export interface CollectionDeclaration {
  /** Path without a query; `{parent}` stands for the SID of a parent: `/v1/Sims/{parent}/DataSessions`. */
  readonly path: string;
  /** Member of a response that has the records. */
  readonly envelopeKey: string;
  /** Query parameters that filter the collection, each with the member of a record that it is compared with. */
  readonly filters?: Readonly<Record<string, string>>;
  /** Query parameters that select records in another way than by a member. */
  readonly query?: readonly string[];
}

/** Names of the query parameters that the upstream evaluates for a collection. */
export function parametersOf({ filters = {}, query = [] }: CollectionDeclaration): readonly string[] {
  return [...Object.keys(filters), ...query];
}

/** Another way to name a record than by its SID. */
export interface Lookup {
  readonly description: string;
  /**
   * How the upstream finds the record: `path`: the name stands in the place of the SID; otherwise the query parameter that
   * filters the collection by it.
   */
  readonly by: 'path' | { readonly filter: string };
  /** Field of the record that has to equal the name: the upstream may find another record by it. */
  readonly field: string;
  /** Names of this kind. Anything else is rejected before a request is sent. */
  readonly pattern: RegExp;
  /** What such a name looks like, for error messages. */
  readonly format: string;
  /** Scope that a caller needs to look a record up by this name. */
  readonly scope?: Scope;
}

/** How a record is fetched by its SID: its type is then a `Node` and a Federation entity. */
export interface SingleRead {
  /** Field of `Query` that fetches one record. */
  readonly field: string;
  readonly description: string;
  /** Other names that the record can be fetched by, each an argument of the field. */
  readonly lookups?: Readonly<Record<string, Lookup>>;
  /** Field of `Query` that fetches several records by their SIDs, if there is one. */
  readonly many?: { readonly field: string; readonly description: string };
  /** SIDs of this resource. Anything else is rejected before a request is sent. */
  readonly sidPattern: RegExp;
  /** What such a SID looks like, for descriptions and error messages. */
  readonly sidFormat: string;
  /** The collection in which the record is: its path and the SID are the path of the record. */
  readonly collection: CollectionDeclaration;
  /**
   * More records than this at once are fetched with one request for the first page of the collection. `null`: each is
   * fetched by itself.
   */
  readonly listAbove: number | null;
  /** Whether the collection is known to be so small that its first page has all records that others refer to. */
  readonly isSmall?: true;
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
  /** Fields that repeat an argument of the list, by the name of the argument. */
  readonly argumentFields: Readonly<Record<string, ArgumentFieldDeclaration>>;
  /**
   * Fields that never change over the life of a record: a record without a SID is identified by them. `period.start` is a
   * member of an object. None of them may need a scope, because a caller could test guesses at its value against an
   * identifier.
   */
  readonly identity: readonly string[];
  /** `null`: the upstream cannot fetch one record, so the type is no `Node`. */
  readonly single: SingleRead | null;
}

/**
 * Declares a resource.
 *
 * @throws {Error} if a field that identifies records needs a scope, or records can be fetched but have no field `sid`
 */
export function defineResource<F extends Fields>(
  declaration: Omit<ResourceDeclaration<F>, 'derived' | 'argumentFields'> &
    Partial<Pick<ResourceDeclaration<F>, 'derived' | 'argumentFields'>>,
): ResourceDeclaration<F> {
  const { name, fields, identity, single } = declaration;
  for (const path of identity) {
    const [field = path] = path.split('.');
    if (fields[field] === undefined) throw new Error(`${name} has no field ${field} to identify records by`);
    if (fields[field].scope !== undefined) {
      throw new Error(`${name}.${field} needs a scope and cannot identify records`);
    }
  }
  if (single !== null && fields.sid === undefined)
    throw new Error(`${name} has no field sid to fetch records by`);
  return { derived: {}, argumentFields: {}, ...declaration };
}

/** A field of one resource that is a record of another one, which can be fetched by its SID. */
export interface RelationDeclaration {
  readonly from: ResourceDeclaration;
  readonly field: string;
  readonly to: ResourceDeclaration;
  /** Field of the first resource that has the SID of the other record. */
  readonly sid: string;
  readonly description: string;
}

/** A field of `Query` whose value is always the same. */
export interface ConstantDeclaration {
  readonly field: string;
  readonly description: string;
  readonly type: ObjectDeclaration;
  readonly value: object;
}

/** An argument of a list that the upstream evaluates. */
interface ListArgument extends ArgumentDeclaration {
  /** Query parameter of the collection. */
  readonly filter: string;
}

/** How the records of a list are watched: a field of `Subscription`. */
export interface EventsDeclaration {
  /** Field of `Subscription`. */
  readonly field: string;
  readonly description: string;
  /** Argument that has the SID of the list's parent. */
  readonly parentArgument: string;
  /** Name of the event type: `DataSessionEvent`. */
  readonly typeName: string;
  /** Noun of a record: `session`. */
  readonly record: string;
  /** Field that has the instant at which a record began. */
  readonly start: string;
  /** Whether a record will not change any more. */
  readonly isOver: (record: AnyRecord) => boolean;
}

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
   * The lists of the upstream that this list consists of, as the arguments of each, in order. Absent: it is one list of the
   * upstream, with the arguments as they are.
   *
   * @param now - milliseconds since 1970
   * @throws {InvalidArgumentError} for arguments that the upstream has no records for
   */
  readonly segments?: (args: ListArguments, now: number) => readonly ListArguments[];
  /** What the gateway can filter the records by. */
  readonly filter?: FilterDeclaration;
  /** Fields beside the list that are computed from its records. */
  readonly summaries: readonly SummaryDeclaration[];
  /** How its records are watched; absent: they are not. */
  readonly events?: EventsDeclaration;
  /**
   * Tells records without a SID apart from equal ones of other lists, as a part of their global ID. Absent: the SID of the
   * parent.
   *
   * @param segment - tells the segments of the list apart
   */
  readonly idScope?: (parentSid: string, args: ListArguments, record: AnyRecord, segment: string) => string;
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
  declaration: Omit<ListDeclaration, 'arguments' | 'typeName' | 'summaries'> &
    Partial<Pick<ListDeclaration, 'arguments' | 'typeName' | 'summaries'>>,
): ListDeclaration {
  const list = { arguments: {}, summaries: [], typeName: listName(declaration), ...declaration };
  const { collection, parent, parentFilter } = list;
  const filters = [...Object.values(list.arguments).map(({ filter }) => filter), parentFilter];
  for (const filter of filters) {
    if (filter !== undefined && !parametersOf(collection).includes(filter)) {
      throw new Error(`${listName(list)}: ${filter} is not a parameter of ${collection.path}`);
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

/** Where a list stands in the schema: `Sim.dataSessions`, `Query.sims`. */
export function fieldPath({ parent, field }: Pick<ListDeclaration, 'parent' | 'field'>): string {
  return `${parent?.name ?? 'Query'}.${field}`;
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
