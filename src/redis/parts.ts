import type { Clock } from '../util/clock.js';
import type { Availability } from './availability.js';
import type { ScriptedClient } from './scripts.js';

/** What all uses of Redis have in common. */
export interface RedisParts {
  readonly redis: ScriptedClient;
  readonly availability: Availability;
  readonly clock: Clock;
  /** Identifies this process among the instances. */
  readonly instance: string;
}
