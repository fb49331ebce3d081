import type { Codec } from '../../resources/codecs.js';
import { type FieldDeclaration, type Fields, wireNames } from '../../resources/define.js';
import { getOrCreate } from '../../util/get-or-create.js';

/** A member that is looked for in an object. */
export interface WantedMember {
  /** Name on the wire. */
  readonly name: string;
  /** Its index in the layout. */
  readonly index: number;
  /** Layout of the object that it is, which begins at the next index; `null`: only the offsets of the member are recorded. */
  readonly nested: ObjectLayout | null;
}

/** The members that are looked for in an object, each with an index. Those of nested objects follow the nested object. */
export interface ObjectLayout {
  readonly members: readonly WantedMember[];
  /** Number of indices, those of nested objects included. */
  readonly size: number;
}

/** A layout in which nothing is looked for. */
export const EMPTY_LAYOUT: ObjectLayout = { members: [], size: 0 };

const layouts = new WeakMap<Fields, ObjectLayout>();

/** The layout of objects with these fields; the same one for the same fields. */
export function layoutOf(fields: Fields): ObjectLayout {
  return getOrCreate(layouts, fields, () => createLayout(fields));
}

/** The place of a field that is one member of the object; `null` for a field with several names or a nested one. */
export function placeOf(fields: Fields, field: FieldDeclaration): WantedMember | null {
  const [wire = '', ...others] = wireNames(field);
  if (others.length > 0) return null;
  return memberOf(layoutOf(fields), wire);
}

/** @param name - name on the wire */
export function memberOf({ members }: ObjectLayout, name: string): WantedMember | null {
  return members.find((member) => member.name === name) ?? null;
}

/** The fields of a nested object that is decoded member by member; `null` for any other member. */
export function membersOf(codec: Codec<unknown>): Fields | null {
  return (codec as { readonly members?: Fields }).members ?? null;
}

export function outermostName(path: string): string {
  return path.split('.', 1)[0] ?? path;
}

function createLayout(fields: Fields): ObjectLayout {
  const members = new Map<string, WantedMember>();
  let size = 0;
  for (const declaration of Object.values(fields)) {
    const inner = membersOf(declaration.codec);
    for (const wire of wireNames(declaration)) {
      const name = outermostName(wire);
      if (members.has(name)) continue;
      const nested = inner !== null && name === wire ? layoutOf(inner) : null;
      members.set(name, { name, index: size, nested });
      size += 1 + (nested?.size ?? 0);
    }
  }
  return { members: [...members.values()], size };
}
