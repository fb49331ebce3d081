import { UNKNOWN_VALUE } from '../../resources/codecs.js';
import type { Fields } from '../../resources/define.js';
import { unwrap } from '../../resources/member.js';
import type { EnumDeclaration, ObjectDeclaration, OutputField } from '../../resources/output-types.js';
import { getOrCreate } from '../../util/get-or-create.js';
import type { Builder } from './builder.js';

/** Extension of a schema field that is a member of a nested object of a record. */
export interface GroupMemberReference {
  /** Fields of the nested object. */
  readonly members: Fields;
  readonly name: string;
}

/** The GraphQL enums and object types of declarations, each created once. */
export class OutputTypes {
  readonly #builder: Builder;
  readonly #nodeType: (name: string) => unknown;
  readonly #types = new Map<EnumDeclaration | ObjectDeclaration, unknown>();

  /** @param nodeType - the object type of the resource with a name */
  constructor(builder: Builder, nodeType: (name: string) => unknown) {
    this.#builder = builder;
    this.#nodeType = nodeType;
  }

  /** The enum of a declaration. One that records have also has a value for those that the schema does not define. */
  enumType(declaration: EnumDeclaration): unknown {
    return getOrCreate(this.#types, declaration, () => {
      const { name, description, values } = declaration;
      const declared = Object.entries(values).map(([value, text]) => [
        value.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_'),
        { value, description: text },
      ]);
      const unknown = { value: UNKNOWN_VALUE, description: 'A value that is not defined in this schema.' };
      const isOfRecords = 'decode' in declaration;
      return this.#builder.enumType(name, {
        description,
        values: Object.fromEntries(isOfRecords ? [...declared, ['UNKNOWN', unknown]] : declared),
      });
    });
  }

  /** The object type of a declaration. */
  objectType(declaration: ObjectDeclaration): unknown {
    return getOrCreate(this.#types, declaration, () => {
      const { name, description, fields } = declaration;
      // Members of a nested object of a record, which the fast path can copy.
      const { members } = declaration as { readonly members?: Fields };
      return this.#builder.objectRef<Record<string, unknown>>(name).implement({
        description,
        fields: (t) =>
          Object.fromEntries(
            Object.entries(fields).map(([field, options]) => {
              const { nullable, description: text } = options;
              const { type, isLeaf } = this.outputType(options);
              const extensions = members === undefined ? {} : { groupMember: { members, name: field } };
              const common = { type, nullable, description: text, extensions };
              // Scalars call `valueOf` of a malformed member, which throws; objects and lists have to be asked.
              return [
                field,
                isLeaf
                  ? t.expose(field as never, common as never)
                  : t.field({
                      ...common,
                      resolve: (source: Readonly<Record<string, unknown>>) => unwrap(source[field] as never),
                    } as never),
              ];
            }),
          ) as never,
      });
    });
  }

  /** The type of a field; `isLeaf`: a single scalar. */
  outputType({ type, list }: Pick<OutputField, 'type' | 'list'>): {
    readonly type: unknown;
    readonly isLeaf: boolean;
  } {
    const itemType =
      typeof type === 'string'
        ? type
        : 'node' in type
          ? this.#nodeType(type.node)
          : 'values' in type
            ? this.enumType(type)
            : this.objectType(type);
    return { type: list ? [itemType] : itemType, isLeaf: typeof type === 'string' && !list };
  }
}
