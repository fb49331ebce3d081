/** Lets read at all. */
export const READ = 'wireless:read';

/** Lets read what tells where a device is, or which one it is. */
export const LOCATION = 'wireless:location';

export const SCOPES = [READ, LOCATION] as const;

export type Scope = (typeof SCOPES)[number];

/** Who asks, and what they may read. */
export interface Viewer {
  /** What the caller is known by in logs and limits; never a credential. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Picks the scopes that mean something here: tokens of a whole company bring others, too. */
export function knownScopes(names: Iterable<string>): ReadonlySet<Scope> {
  return new Set([...names].filter(isScope));
}

export function isScope(name: string): name is Scope {
  return SCOPES.some((scope) => scope === name);
}

/** The scopes of a viewer as a key, one digit for each of `SCOPES`: a cached response is for callers with the same scopes. */
export function scopeCacheKey({ scopes }: Viewer): string {
  let key = '';
  for (const scope of SCOPES) key += scopes.has(scope) ? '1' : '0';
  return key;
}
