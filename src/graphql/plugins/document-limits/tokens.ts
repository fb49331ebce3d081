import { type DocumentNode, Lexer, type ParseOptions, parse, Source, TokenKind } from 'graphql';
import { limitError } from './limit-error.js';

/** Three times GraphiQL's query of the whole schema. Some checks of a document take the square of its length. */
const MAX_TOKENS = 2000;

/**
 * Parses a document that has only so many tokens. They are counted first: what is too long is not parsed, and the
 * error can say by how much.
 */
export function parseLimited(source: string | Source, options?: ParseOptions): DocumentNode {
  const count = countTokens(typeof source === 'string' ? new Source(source) : source);
  if (count > MAX_TOKENS) throw limitError({ what: 'tokens', count, limit: MAX_TOKENS });
  return parse(source, options);
}

/** Tokens up to the end, or up to the first mistake, which the parser is left to complain about. */
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
