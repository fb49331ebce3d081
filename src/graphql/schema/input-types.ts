import type { ArgumentDeclaration } from '../../resources/arguments.js';
import type { FilterDeclaration, InputDeclaration, InputFieldDeclaration } from '../../resources/filter.js';
import type { EnumDeclaration } from '../../resources/output-types.js';
import { getOrCreate } from '../../util/get-or-create.js';
import type { Builder } from './builder.js';

/** Creates arguments: a part of the field builders of Pothos. */
interface ArgumentBuilder {
  readonly arg: (options: never) => unknown;
}

/** The type of arguments that are only known at run time. */
export type NoArguments = Record<never, never>;

/** The GraphQL types of arguments: enums, and the input objects of filters. */
export class InputTypes {
  readonly #builder: Builder;
  readonly #enumType: (declaration: EnumDeclaration) => unknown;
  readonly #objects = new Map<InputDeclaration, unknown>();

  /** @param enumType - the GraphQL enum of a declaration */
  constructor(builder: Builder, enumType: (declaration: EnumDeclaration) => unknown) {
    this.#builder = builder;
    this.#enumType = enumType;
  }

  /** @param leftOut - names of arguments that the field does not have */
  arguments(
    t: ArgumentBuilder,
    declared: Readonly<Record<string, ArgumentDeclaration>>,
    leftOut: object = {},
  ): Record<string, unknown> {
    const entries = Object.entries(declared).filter(([name]) => !Object.hasOwn(leftOut, name));
    return Object.fromEntries(
      entries.map(([name, { type, list, required = false, default: defaultValue, description }]) => {
        const itemType = typeof type === 'string' ? type : this.#enumType(type);
        const options = {
          type: list ? [itemType] : itemType,
          required,
          description,
          ...(defaultValue !== undefined && { defaultValue }),
        };
        return [name, t.arg(options as never)];
      }),
    );
  }

  /** The argument `filter`, if the records can be filtered. */
  filter(t: ArgumentBuilder, declaration: FilterDeclaration | undefined): Record<string, unknown> {
    if (declaration === undefined) return {};
    const options = {
      type: this.#object(declaration),
      required: false,
      description: 'Only records that match. Evaluated by the gateway; cursors are bound to it.',
    };
    return { filter: t.arg(options as never) };
  }

  #object(declaration: InputDeclaration): unknown {
    return getOrCreate(this.#objects, declaration, () => {
      const { name, description, fields } = declaration;
      return this.#builder.inputType(name, {
        description,
        fields: (t) =>
          Object.fromEntries(
            Object.entries(fields).map(([field, options]) => [field, t.field(this.#field(options) as never)]),
          ) as never,
      });
    });
  }

  #field({ type, list, required, description }: InputFieldDeclaration): object {
    const itemType = typeof type === 'string' ? type : this.#object(type);
    return { type: list ? [itemType] : itemType, required: required === true, description };
  }
}
