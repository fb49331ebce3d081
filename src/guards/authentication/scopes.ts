/** Required for any field. */
export const READ = 'wireless:read';

/** Required for fields that reveal the location or identity of a device. */
export const LOCATION = 'wireless:location';

export const SCOPES = [READ, LOCATION] as const;

export type Scope = (typeof SCOPES)[number];

/** The authenticated caller of an operation. */
export interface Viewer {
  /** Name of the caller in logs and rate limits; never a credential. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Returns the scopes that the gateway defines. Tokens may have scopes of other services too. */
export function knownScopes(names: Iterable<string>): ReadonlySet<Scope> {
  return new Set([...names].filter(isScope));
}

export function isScope(name: string): name is Scope {
  return SCOPES.some((scope) => scope === name);
}

/**
 * Returns the scopes of a viewer as a cache key with one digit for each of `SCOPES`. Cached responses are only shared
 * between callers with the same scopes.
 */
export function scopeCacheKey({ scopes }: Viewer): string {
  let key = '';
  for (const scope of SCOPES) key += scopes.has(scope) ? '1' : '0';
  return key;
}
