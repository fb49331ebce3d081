/** A commented operation that can be run unchanged. */
export interface Example {
  readonly query: string;
  /** JSON. */
  readonly variables?: string;
}

/** SIMs that the examples use. Only the sandbox has some. */
export interface DemoSims {
  readonly sids: readonly string[];
  /** A SIM whose sessions start, change and end in real time; `null` if there is none. */
  readonly liveSid: string | null;
}
