/** The export of spans or of metrics. */
export interface Signal {
  /** Exports what has been recorded, and ends. Rejects if that fails. */
  shutdown(): Promise<void>;
}
