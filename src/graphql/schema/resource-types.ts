import type { ObjectFieldBuilder, ObjectRef } from '@pothos/core';
import type { AnyRecord } from '../../resources/any-record.js';
import type { Catalog } from '../../resources/catalog.js';
import { outputTypeOf } from '../../resources/codecs.js';
import type {
  ArgumentFieldDeclaration,
  DerivedFieldDeclaration,
  FieldDeclaration,
  ListDeclaration,
  ResourceDeclaration,
} from '../../resources/define.js';
import { MalformedMember, type Member, unwrap } from '../../resources/member.js';
import type { ObjectDeclaration } from '../../resources/output-types.js';
import type { Scope } from '../../resources/scopes.js';
import { getOrCreate } from '../../util/get-or-create.js';
import type { Builder, SchemaTypes } from './builder.js';
import { type ConnectionRef, connectionField, type EdgeRef } from './connection-field.js';
import { encodeGlobalId, sidOfReference } from './global-id.js';
import { InputTypes } from './input-types.js';
import { loadBySid } from './load-node.js';
import type { OperationContext } from './operation-context.js';
import { OutputTypes } from './output-types.js';
import { type RecordNode, withRecord } from './record-node.js';
import { relationField } from './relation-field.js';
import { scopeOptions } from './scope-enforcement.js';
import { summaryField } from './summary-field.js';
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

/** The types of a connection. */
interface ConnectionTypes {
  readonly connection: ConnectionRef;
  readonly edge: EdgeRef;
}

/** The GraphQL types of a catalog: one object type for each resource, and the types of its fields. */
export class ResourceTypes {
  readonly #builder: Builder;
  readonly #catalog: Catalog;
  readonly #resources = new Map<ResourceDeclaration, NodeRef>();
  readonly #connections = new Map<string, ConnectionTypes>();
  readonly #outputs: OutputTypes;
  readonly #inputs: InputTypes;

  constructor(builder: Builder, catalog: Catalog) {
    this.#builder = builder;
    this.#catalog = catalog;
    this.#outputs = new OutputTypes(builder, (name) => this.#refByName(name));
    this.#inputs = new InputTypes(builder, (declaration) => this.#outputs.enumType(declaration));
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

  /** The object type of a declaration. */
  objectType(declaration: ObjectDeclaration): unknown {
    return this.#outputs.objectType(declaration);
  }

  /** The fields of a list: its connection and its summaries. @param t - field builder of the parent type, or of `Query` */
  listFields(t: ObjectFieldBuilder<Types, RecordNode>, list: ListDeclaration): Record<string, unknown> {
    const { connection } = this.#connectionOf(list);
    const summaries = list.summaries.map((summary) => [
      summary.field,
      summaryField(t, list, summary, this.#inputs, this.#outputs),
    ]);
    return {
      [list.field]: connectionField(t, list, this.ref(list.resource), connection, this.#inputs),
      ...Object.fromEntries(summaries),
    };
  }

  /** The edge type of a list's connection. */
  edgeOf(list: ListDeclaration): EdgeRef {
    return this.#connectionOf(list).edge;
  }

  #refByName(name: string): NodeRef {
    const resource = this.#catalog.resources.find((candidate) => candidate.name === name);
    if (resource === undefined) throw new Error(`the catalog has no resource ${name}`);
    return this.ref(resource);
  }

  /** Lists can share the types of their connections. */
  #connectionOf({
    typeName,
    resource,
    connectionDescription,
    edgeDescription,
  }: ListDeclaration): ConnectionTypes {
    return getOrCreate(this.#connections, typeName, () => {
      const type = this.ref(resource);
      const edge = this.#builder.edgeObject({
        type,
        name: `${typeName}Edge`,
        description: edgeDescription,
      }) as EdgeRef;
      const connection = this.#builder.connectionObject(
        { type, name: `${typeName}Connection`, description: connectionDescription },
        edge,
      ) as ConnectionRef;
      return { connection, edge };
    });
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
    for (const [argument, declaration] of Object.entries(resource.argumentFields)) {
      this.#argumentField(ref, argument, declaration);
    }
    this.#entity(resource, ref);
    for (const relation of this.#catalog.relations) {
      if (relation.from !== resource) continue;
      builder.objectField(ref, relation.field, (t) => relationField(t, relation, this.ref(relation.to)));
    }
    for (const list of this.#catalog.lists) {
      if (list.parent === resource) builder.objectFields(ref, (t) => this.listFields(t, list) as never);
    }
  }

  /**
   * A router can return entities of a resource that can be fetched by SID. To any other, another subgraph can only add
   * fields, by `id`, or by `sid` where the upstream sends one.
   */
  #entity(resource: ResourceDeclaration, ref: NodeRef): void {
    const builder = this.#builder;
    const { single, fields } = resource;
    const bySid = builder.selection<{ sid: string }>('sid');
    const byId = builder.selection<{ id: string }>('id');
    builder.asEntity(ref, {
      key:
        single === null
          ? [
              builder.keyDirective(byId, false),
              ...(fields.sid === undefined ? [] : [builder.keyDirective(bySid, false)]),
            ]
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
        type: this.#outputs.outputType(outputTypeOf(declaration.codec)).type as 'String',
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
    const { type, nonNull = false, description, from, compute } = declaration;
    const read = (member: unknown) =>
      nonNull && member instanceof MalformedMember ? null : unwrap(member as never);
    const computed = (record: AnyRecord, { wallNow }: OperationContext) =>
      (compute as (...values: unknown[]) => unknown)(
        ...from.map((member) => read(record[member])),
        wallNow(),
      );
    this.#builder.objectField(ref, name, (t) =>
      t.field({
        type: type as 'String',
        nullable: !nonNull as true,
        description,
        resolve: (node, _args, context) =>
          withRecord(node, resource, context, (record) => computed(record, context)) as string | null,
      }),
    );
  }

  #argumentField(ref: NodeRef, name: string, { type, description }: ArgumentFieldDeclaration): void {
    this.#builder.objectField(ref, name, (t) =>
      t.field({
        type: this.#outputs.enumType(type) as 'String',
        nullable: false,
        description,
        resolve: ({ args }) => args?.[name] as string,
      }),
    );
  }
}
