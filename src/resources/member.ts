/**
 * Takes the place of a member of a record that arrived with a wrong type. Its field becomes null with an error; the
 * other members of the record are not affected.
 */
export class MalformedMember {
  /**
   * @param expected - what the upstream documents for this member, as a noun phrase
   * @param requestId - the upstream's ID of the response that carried it, if it sent one
   */
  constructor(
    readonly expected: string,
    readonly requestId: string | null,
  ) {}

  /**
   * Called when the value is serialized: GraphQL's scalars call `valueOf` of every object.
   *
   * @throws {MalformedMemberError} always
   */
  valueOf(): never {
    throw new MalformedMemberError(this);
  }
}

/** A field was read whose member arrived with a wrong type. */
export class MalformedMemberError extends Error {
  override readonly name = 'MalformedMemberError';
  readonly requestId: string | null;

  constructor({ expected, requestId }: MalformedMember) {
    super(`Unexpected upstream value: expected ${expected}.`);
    this.requestId = requestId;
  }
}

/** A member of a record: its value, `null` if the upstream has none, or a note of what is wrong with it. */
export type Member<T> = T | null | MalformedMember;

/** The value of a member. @throws {MalformedMemberError} if the member arrived with a wrong type */
export function unwrap<T>(member: Member<T>): T | null {
  return member instanceof MalformedMember ? member.valueOf() : member;
}

/** What a decoder needs to know about the response that a record came with. */
export interface DecodeContext {
  /** The upstream's ID of the response. */
  readonly requestId: string | null;
  /** Called with the wire name of an enum member whose value is not defined in the schema. */
  onUnknownEnumValue(field: string): void;
}

/** A malformed member of a response. @param expected - as of `MalformedMember` */
export function malformed(expected: string, { requestId }: DecodeContext): MalformedMember {
  return new MalformedMember(expected, requestId);
}
