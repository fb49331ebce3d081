import { SCOPES, type Scope } from '../../resources/scopes.js';

/** The authenticated caller of an operation, and what it may read. */
export interface Viewer {
  /** Name for logs and rate limits; never a credential. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Selects the scopes that this gateway defines: tokens of a company name others, too. */
export function knownScopes(names: Iterable<string>): ReadonlySet<Scope> {
  return new Set([...names].filter(isScope));
}

export function isScope(name: string): name is Scope {
  return SCOPES.some((scope) => scope === name);
}

/** What a viewer may read, as part of a cache key: one digit for each scope, so that none can be forgotten. */
export function scopeCacheKey({ scopes }: Viewer): string {
  let key = '';
  for (const scope of SCOPES) key += scopes.has(scope) ? '1' : '0';
  return `${key} `;
}
