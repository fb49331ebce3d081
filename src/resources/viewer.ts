import { isScope, SCOPES, type Scope } from './scopes.js';

/** The caller of a request, and what it may read. */
export interface Viewer {
  /** Name of the caller in logs and limits; never a credential. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Name of the upstream account that the caller reads. */
  readonly account: string;
}

/** The scopes that the gateway defines, out of those in a token: tokens of a company also carry others. */
export function knownScopes(names: Iterable<string>): ReadonlySet<Scope> {
  return new Set([...names].filter(isScope));
}

/** The scopes of a viewer as a key, one digit for each of `SCOPES`: a cached response is for callers with the same scopes. */
export function scopeCacheKey({ scopes }: Pick<Viewer, 'scopes'>): string {
  let key = '';
  for (const scope of SCOPES) key += scopes.has(scope) ? '1' : '0';
  return key;
}
