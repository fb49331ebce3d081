import type { ObjectFieldBuilder, ObjectRef } from '@pothos/core';
import type { Catalog } from '../../resources/catalog.js';
import { type Codec, type EnumCodec, type ObjectCodec, UNKNOWN_VALUE } from '../../resources/codecs.js';
import type {
  AnyRecord,
  DerivedFieldDeclaration,
  FieldDeclaration,
  ListDeclaration,
  ResourceDeclaration,
} from '../../resources/define.js';
import { type Member, unwrap } from '../../resources/member.js';
import type { Scope } from '../../resources/scopes.js';
import type { Builder, SchemaTypes } from './builder.js';
import { type ConnectionRef, connectionField } from './connection-field.js';
import { encodeGlobalId, sidOfReference } from './global-id.js';
import { loadBySid } from './load-node.js';
import { type RecordNode, withRecord } from './record-node.js';
import { scopeOptions } from './scope-enforcement.js';
import { readsProperty } from './trivial-resolvers.js';

/** Extension of a schema field that is a member of its object's record. */
export interface FieldReference {
  readonly resource: ResourceDeclaration;
  readonly name: string;
  /** Set if the field needs a scope. */
  readonly scope?: Scope | undefined;
}

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

type NodeRef = ObjectRef<Types, RecordNode>;

const SCALARS = {
  text: 'String',
  id: 'ID',
  count: 'Long',
  instant: 'DateTime',
  flag: 'Boolean',
} as const;

/** The GraphQL types of a catalog: one object type for each resource, and the enums and objects of its fields. */
export class ResourceTypes {
  readonly #builder: Builder;
  readonly #catalog: Catalog;
  readonly #resources = new Map<ResourceDeclaration, NodeRef>();
  readonly #fieldTypes = new Map<Codec<unknown>, NodeRef>();
  readonly #connections = new Map<string, ConnectionRef>();

  constructor(builder: Builder, catalog: Catalog) {
    this.#builder = builder;
    this.#catalog = catalog;
    for (const resource of catalog.resources) {
      this.#resources.set(resource, builder.objectRef<RecordNode>(resource.name));
    }
    for (const [resource, ref] of this.#resources) this.#implement(resource, ref);
  }

  /** The object type of a resource of the catalog. */
  ref(resource: ResourceDeclaration): NodeRef {
    const ref = this.#resources.get(resource);
    if (ref === undefined) throw new Error(`${resource.name} is not a resource of the catalog`);
    return ref;
  }

  /** The connection field of a list. @param t - field builder of the parent type, or of `Query` */
  connection(t: ObjectFieldBuilder<Types, RecordNode>, list: ListDeclaration) {
    const connection = this.#connectionOf(list);
    return connectionField(t, list, this.ref(list.resource), connection, (codec) => this.#typeOf(codec));
  }

  /** Lists can share the types of their connections. */
  #connectionOf({
    typeName,
    resource,
    connectionDescription,
    edgeDescription,
  }: ListDeclaration): ConnectionRef {
    let connection = this.#connections.get(typeName);
    if (connection === undefined) {
      connection = this.#builder.connectionObject(
        { type: this.ref(resource), name: `${typeName}Connection`, description: connectionDescription },
        { name: `${typeName}Edge`, description: edgeDescription },
      ) as ConnectionRef;
      this.#connections.set(typeName, connection);
    }
    return connection;
  }

  #implement(resource: ResourceDeclaration, ref: NodeRef): void {
    const builder = this.#builder;
    const { name, description, idDescription, single } = resource;
    if (single === null) {
      builder.objectType(ref, { description, extensions: { resource } });
      builder.objectField(ref, 'id', (t) =>
        t.id({
          nullable: false,
          description: idDescription,
          resolve: ({ key }) => encodeGlobalId(name, key),
        }),
      );
    } else {
      builder.node(ref, {
        description,
        extensions: { resource },
        id: { description: idDescription, resolve: ({ key }) => key },
      });
    }
    for (const [field, declaration] of Object.entries(resource.fields))
      this.#field(resource, ref, field, declaration);
    for (const [field, declaration] of Object.entries(resource.derived)) {
      this.#derivedField(resource, ref, field, declaration);
    }
    this.#entity(resource, ref);
    for (const list of this.#catalog.lists) {
      if (list.parent !== resource) continue;
      builder.objectField(ref, list.field, (t) => this.connection(t, list));
    }
  }

  /**
   * A router can return entities of a resource that can be fetched by SID. To any other, another subgraph can only add
   * fields, by `id`, or by `sid` where the upstream sends one.
   */
  #entity(resource: ResourceDeclaration, ref: NodeRef): void {
    const builder = this.#builder;
    const { single } = resource;
    const bySid = builder.selection<{ sid: string }>('sid');
    const byId = builder.selection<{ id: string }>('id');
    builder.asEntity(ref, {
      key:
        single === null
          ? [builder.keyDirective(byId, false), builder.keyDirective(bySid, false)]
          : [bySid, byId],
      resolveReference: (reference: object, context, info) =>
        single === null
          ? null
          : (loadBySid(resource, sidOfReference(resource, reference), context, info) as never),
    });
  }

  #field(resource: ResourceDeclaration, ref: NodeRef, name: string, declaration: FieldDeclaration): void {
    // The SID of an object that was fetched by it needs no record.
    const isKey = name === 'sid' && resource.single !== null;
    const { extensions, description, ...scope } = scopeOptions(declaration);
    this.#builder.objectField(ref, name, (t) =>
      t.field({
        ...scope,
        type: this.#typeOf(declaration.codec) as 'String',
        nullable: !isKey as true,
        description,
        extensions: {
          ...extensions,
          ...(isKey ? readsProperty.extensions : { member: { resource, name, scope: declaration.scope } }),
        },
        resolve: isKey
          ? (node) => node.sid as string | null
          : (node, _args, context) =>
              withRecord(node, resource, context, (record) => unwrap(record[name] as Member<string>)),
      }),
    );
  }

  #derivedField(
    resource: ResourceDeclaration,
    ref: NodeRef,
    name: string,
    declaration: DerivedFieldDeclaration,
  ): void {
    const { type, description, from, compute } = declaration;
    const computed = (record: AnyRecord) =>
      (compute as (...values: unknown[]) => unknown)(
        ...from.map((member) => unwrap(record[member] as never)),
      );
    this.#builder.objectField(ref, name, (t) =>
      t.field({
        type: type as 'String',
        nullable: true,
        description,
        resolve: (node, _args, context) => withRecord(node, resource, context, computed) as string | null,
      }),
    );
  }

  #typeOf(codec: Codec<unknown>): unknown {
    if (codec.kind === 'texts') return ['String'];
    if (codec.kind !== 'enum' && codec.kind !== 'object') return SCALARS[codec.kind];
    let type = this.#fieldTypes.get(codec);
    if (type === undefined) {
      type = (
        codec.kind === 'enum'
          ? this.#enum(codec as EnumCodec<string>)
          : this.#object(codec as ObjectCodec<object>)
      ) as NodeRef;
      this.#fieldTypes.set(codec, type);
    }
    return type;
  }

  #enum({ name, description, values }: EnumCodec<string>): unknown {
    const declared = Object.entries(values).map(([value, text]) => [
      value.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_'),
      { value, description: text },
    ]);
    const unknown = { value: UNKNOWN_VALUE, description: 'A value that is not defined in this schema.' };
    return this.#builder.enumType(name, {
      description,
      values: Object.fromEntries([...declared, ['UNKNOWN', unknown]]),
    });
  }

  #object({ name, description, fields }: ObjectCodec<object>): unknown {
    const entries = Object.entries(
      fields as Record<string, ObjectCodec<{ field: unknown }>['fields']['field']>,
    );
    return this.#builder.objectRef<Record<string, string>>(name).implement({
      description,
      fields: (t) =>
        Object.fromEntries(
          entries.map(([field, { type, nullable, description: text }]) => [
            field,
            t.expose(field as never, { type: type as 'String', nullable, description: text } as never),
          ]),
        ) as never,
    });
  }
}
