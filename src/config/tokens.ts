import { isScope, SCOPES, type Scope } from '../resources/scopes.js';

/** A bearer token that lets in, as far as the gateway knows it. */
export interface StaticToken {
  readonly name: string;
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * Reads `GATEWAY_TOKENS`: `name:SHA-256 of the token in hex:scope+scope`, with commas between several.
 *
 * @throws {Error} whose message tells which entry is wrong by its place: a token that was pasted where its hash
 *   belongs must not show up in a log
 */
export function parseTokens(text: string): readonly StaticToken[] {
  const tokens = text.split(',').map((entry, index) => parseToken(entry.trim(), index + 1));
  for (const [index, { name, hash }] of tokens.entries()) {
    for (const earlier of tokens.slice(0, index)) {
      if (earlier.name === name) throw wrong(index + 1, 'a name that no entry before it has');
      if (earlier.hash.equals(hash)) throw wrong(index + 1, 'a token that no entry before it has');
    }
  }
  return tokens;
}

function parseToken(entry: string, place: number): StaticToken {
  // Scopes have colons of their own.
  const [, name, hash, scopes] = /^([^:]*):([^:]*):(.*)$/s.exec(entry) ?? [];
  if (name === undefined || hash === undefined || scopes === undefined) {
    throw wrong(place, 'name:SHA-256 of the token in hex:scope+scope');
  }
  if (!/^[\w.-]{1,64}$/.test(name))
    throw wrong(place, 'a name of up to 64 letters, digits, `_`, `.` and `-`');
  if (!/^[0-9a-f]{64}$/i.test(hash)) throw wrong(place, 'the SHA-256 of the token as 64 hexadecimal digits');
  const granted = scopes.split('+');
  if (!granted.every(isScope)) throw wrong(place, `scopes out of ${SCOPES.join(', ')}`);
  return { name, hash: Buffer.from(hash, 'hex'), scopes: new Set(granted.filter(isScope)) };
}

function wrong(place: number, expected: string): Error {
  return new Error(`entry ${place}: expected ${expected}`);
}
