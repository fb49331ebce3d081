import { type Catalog, catalog } from '../resources/catalog.js';
import { ASSUMPTIONS, type Assumptions } from './assumptions.js';
import type { Dialect } from './wire.js';

/** Options of the sandbox. All are optional. */
export interface SandboxOptions extends Partial<Assumptions> {
  /** The resources and lists whose collections it serves; by default those of the gateway. */
  readonly catalog?: Catalog;
  /** Loopback port; 0, the default, takes a free one. */
  readonly port?: number;
  /** Seed of the sessions. The SIMs do not depend on it. */
  readonly seed?: number;
  /** Number of SIMs; 25 by default. */
  readonly sims?: number;
  /** Number of commands; 120 by default. */
  readonly commands?: number;
  /** Number of rate plans; 4 by default. */
  readonly ratePlans?: number;
  /** Time of the generated data; a fixed one by default. */
  readonly now?: Date;
  /**
   * Clock of the live SIM in milliseconds since 1970, not before `now`: its sessions start, change and end as time passes.
   * `null`, the default: no SIM is live, and all data is static.
   */
  readonly liveSessions?: (() => number) | null;
  /** Delay of each response in milliseconds. */
  readonly latencyMs?: number;
  readonly dialect?: Dialect;
  /** `refused`: pages have a `previous_page_url`, but requests for it are rejected with 400. */
  readonly previousPages?: 'honoured' | 'refused';
  /** Maximum number of requests in flight; further ones are rejected with 429. No limit by default. */
  readonly concurrencyLimit?: number;
  /** Base of absolute URLs in responses; the URL of the sandbox by default. */
  readonly pageUrlBase?: string;
  /** Lifetime of a bearer token in seconds; an hour by default. */
  readonly tokenLifeSeconds?: number;
}

export const DEFAULTS = {
  catalog,
  port: 0,
  seed: 1,
  sims: 25,
  commands: 120,
  ratePlans: 4,
  ...ASSUMPTIONS,
  now: new Date('2026-11-24T00:00:00Z'),
  liveSessions: null,
  latencyMs: 0,
  dialect: 'twilio',
  previousPages: 'honoured',
  concurrencyLimit: Number.POSITIVE_INFINITY,
  tokenLifeSeconds: 3600,
} as const satisfies SandboxOptions;
