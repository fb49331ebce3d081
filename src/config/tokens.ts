import { isScope, SCOPES, type Scope } from '../resources/scopes.js';

/** A static bearer token, of which the gateway only knows the hash. */
export interface StaticToken {
  readonly name: string;
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * Parses `GATEWAY_TOKENS`: `name:SHA-256 of the token in hex:scope+scope`, separated by commas.
 *
 * @throws {Error} with the number of the invalid entry. The message does not quote the entry, because it may contain a
 *   token in place of its hash.
 */
export function parseTokens(text: string): readonly StaticToken[] {
  const tokens = text.split(',').map((entry, index) => parseToken(entry.trim(), index + 1));
  for (const [index, { name, hash }] of tokens.entries()) {
    for (const earlier of tokens.slice(0, index)) {
      if (earlier.name === name) throw invalidEntry(index + 1, 'a unique name');
      if (earlier.hash.equals(hash)) throw invalidEntry(index + 1, 'a unique token');
    }
  }
  return tokens;
}

function parseToken(entry: string, position: number): StaticToken {
  // Scopes contain colons, so only the first two are separators.
  const [, name, hash, scopes] = /^([^:]*):([^:]*):(.*)$/s.exec(entry) ?? [];
  if (name === undefined || hash === undefined || scopes === undefined) {
    throw invalidEntry(position, 'name:SHA-256 of the token in hex:scope+scope');
  }
  if (!/^[\w.-]{1,64}$/.test(name))
    throw invalidEntry(position, 'a name of up to 64 letters, digits, `_`, `.` and `-`');
  if (!/^[0-9a-f]{64}$/i.test(hash))
    throw invalidEntry(position, 'the SHA-256 of the token as 64 hexadecimal digits');
  const granted = scopes.split('+');
  if (!granted.every(isScope)) throw invalidEntry(position, `scopes of ${SCOPES.join(', ')}`);
  return { name, hash: Buffer.from(hash, 'hex'), scopes: new Set(granted.filter(isScope)) };
}

function invalidEntry(position: number, expected: string): Error {
  return new Error(`entry ${position}: expected ${expected}`);
}
