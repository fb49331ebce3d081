/** The operation cannot be compiled: Yoga has to execute it. */
export class UnsupportedOperationError extends Error {
  override readonly name = 'UnsupportedOperationError';
}
