/** Names that have a label value of their own. Each has some series, and clients can send any number of names. */
const MAX_NAMES = 100;

const ANONYMOUS = 'anonymous';
const OTHER = 'other';

/** Maps operation names to a bounded set of label values. */
export class OperationNames {
  readonly #known = new Set<string>();

  /**
   * @param isSuccess - whether the operation succeeded: only then is a new name remembered, so that names of invalid
   *   operations do not use up the values
   */
  labelOf(name: string | undefined, isSuccess: boolean): string {
    if (name === undefined) return ANONYMOUS;
    if (this.#known.has(name)) return name;
    if (!isSuccess || this.#known.size >= MAX_NAMES) return OTHER;
    this.#known.add(name);
    return name;
  }
}
