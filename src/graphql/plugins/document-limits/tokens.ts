import { type DocumentNode, Lexer, type ParseOptions, parse, Source, TokenKind } from 'graphql';
import { limitError } from './limit-error.js';

/**
 * Three times the introspection query of GraphiQL. The time of some validation rules grows with the square of the size.
 */
const MAX_TOKENS = 2000;

/**
 * Parses a document with at most `MAX_TOKENS` tokens. They are counted first, so that the error has their number and a
 * document that is too large is not parsed.
 */
export function parseLimited(source: string | Source, options?: ParseOptions): DocumentNode {
  const count = countTokens(typeof source === 'string' ? new Source(source) : source);
  if (count > MAX_TOKENS) throw limitError({ what: 'tokens', count, limit: MAX_TOKENS });
  return parse(source, options);
}

/** Counts tokens up to the end or the first syntax error, which the parser reports. */
function countTokens(source: Source): number {
  const lexer = new Lexer(source);
  let count = 0;
  try {
    while (lexer.advance().kind !== TokenKind.EOF) count += 1;
  } catch {
    return count;
  }
  return count;
}
