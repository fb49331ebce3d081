/** Scope that every operation needs. */
export const READ = 'wireless:read';

/** Scope for fields that tell where a device is, or which device it is. */
export const LOCATION = 'wireless:location';

/** Scope for the content of commands. */
export const MESSAGES = 'wireless:messages';

export const SCOPES = [READ, LOCATION, MESSAGES] as const;

export type Scope = (typeof SCOPES)[number];

export function isScope(name: string): name is Scope {
  return SCOPES.some((scope) => scope === name);
}
