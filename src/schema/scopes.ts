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

/** What a viewer may read, in a few letters: what is kept of an answer is only for those who may read the same. */
export function scopesOf({ scopes }: Viewer): string {
  return `${scopes.has(READ) ? 'r' : ''}${scopes.has(LOCATION) ? 'l' : ''} `;
}
