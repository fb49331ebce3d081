import type { Loaders } from '../../connections/loaders.js';
import type { Viewer } from '../../resources/viewer.js';

/** What resolvers need of the operation. */
export interface OperationContext {
  readonly viewer: Viewer;
  readonly loaders: Loaders;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  /** Places of fields that the viewer must not read, for which the operation already has an error. */
  withheld?: Set<string>;
}
