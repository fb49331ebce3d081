/** A commented operation that can be run unchanged. */
export interface Example {
  readonly query: string;
  /** JSON. */
  readonly variables?: string;
}
