import { isScope, SCOPES, type Scope } from '../resources/scopes.js';
import { isName, NAME_SYNTAX } from './names.js';

/** A static bearer token, of which the gateway only knows the hash. */
export interface StaticToken {
  readonly name: string;
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  readonly scopes: ReadonlySet<Scope>;
  /** Name of the caller's upstream account; `null`: the only one. */
  readonly account: string | null;
}

/** Scopes, joined by `+`, and the name of an account. Scopes contain colons themselves. */
const SCOPES_AND_ACCOUNT = /^([a-z]+:[a-z]+(?:\+[a-z]+:[a-z]+)*)(?::([^:]*))?$/;

/**
 * Parses `GATEWAY_TOKENS`: `name:SHA-256 of the token in hex:scope+scope` or `…:scope+scope:account`, separated by commas.
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
  const [, name, hash, rest] = /^([^:]*):([^:]*):(.*)$/s.exec(entry) ?? [];
  if (name === undefined || hash === undefined || rest === undefined) {
    throw invalidEntry(position, 'name:SHA-256 of the token in hex:scope+scope');
  }
  if (!isName(name)) throw invalidEntry(position, `a name of ${NAME_SYNTAX}`);
  if (!/^[0-9a-f]{64}$/i.test(hash))
    throw invalidEntry(position, 'the SHA-256 of the token as 64 hexadecimal digits');
  const [, scopes = '', account = null] = SCOPES_AND_ACCOUNT.exec(rest) ?? [];
  const granted = scopes.split('+');
  if (!granted.every(isScope)) throw invalidEntry(position, `scopes of ${SCOPES.join(', ')}`);
  if (account !== null && !isName(account))
    throw invalidEntry(position, `after the scopes an account name of ${NAME_SYNTAX}`);
  return { name, hash: Buffer.from(hash, 'hex'), scopes: new Set(granted.filter(isScope)), account };
}

function invalidEntry(position: number, expected: string): Error {
  return new Error(`entry ${position}: expected ${expected}`);
}
