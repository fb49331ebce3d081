import { type Catalog, catalog } from '../resources/catalog.js';
import type { Dialect } from './wire.js';

/** How a sandbox starts. Everything can be left out. */
export interface SandboxOptions {
  /** The resources and lists whose collections it serves; by default those of the gateway. */
  readonly catalog?: Catalog;
  /** Loopback port; 0, the default, takes a free one. */
  readonly port?: number;
  /** Another seed brings other sessions to the same SIMs. */
  readonly seed?: number;
  /** How many SIMs the account has; 25 by default. */
  readonly sims?: number;
  /** The time that the data was made for; by default a fixed one. */
  readonly now?: Date;
  /** How long each answer waits, in milliseconds. */
  readonly latencyMs?: number;
  readonly dialect?: Dialect;
  /** `refused`: `previous_page_url` is printed all the same, but answered with 400. */
  readonly previousPages?: 'honoured' | 'refused';
  /** Requests in flight above this number are answered with 429; by default there is no limit. */
  readonly concurrencyLimit?: number;
  /** Base of the absolute URLs in the answers; by default where the sandbox listens. */
  readonly pageUrlBase?: string;
  /** Life of a bearer token, in seconds; an hour by default. */
  readonly tokenLifeSeconds?: number;
}

export const DEFAULTS = {
  catalog,
  port: 0,
  seed: 1,
  sims: 25,
  now: new Date('2026-11-24T00:00:00Z'),
  latencyMs: 0,
  dialect: 'twilio',
  previousPages: 'honoured',
  concurrencyLimit: Number.POSITIVE_INFINITY,
  tokenLifeSeconds: 3600,
} as const satisfies SandboxOptions;
