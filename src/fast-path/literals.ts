import { type IntValueNode, Kind, type StringValueNode } from 'graphql';
import { BACKSLASH, isDigit, MINUS, POINT, QUOTE } from './json/ascii.js';

/** A document without its string and integer literals. */
export interface NormalizedText {
  /** The document with `""` for each string literal and `0` for each integer literal. */
  readonly text: string;
  /** Literals in the order of the document. */
  readonly literals: readonly Literal[];
}

/** A literal and its position in the document. */
export interface Literal {
  readonly node: StringValueNode | IntValueNode;
  readonly start: number;
  readonly end: number;
}

const TAB = 0x09;
const HASH = 0x23;
const DOLLAR = 0x24;

/**
 * Replaces the literals of a document, so that documents that only differ in their literals share one cache entry.
 *
 * @returns `null` for a document with a block string, an escape sequence or a comment: these are rare and would need a
 *   complete lexer
 */
export function normalizeLiterals(document: string): NormalizedText | null {
  const literals: Literal[] = [];
  let text = '';
  let copied = 0;
  let at = 0;
  while (at < document.length) {
    const code = document.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(document, at + 1);
      if (end === -1) return null;
      const node = { kind: Kind.STRING, value: document.slice(at + 1, end), block: false } as const;
      literals.push({ node, start: at, end: end + 1 });
      text += `${document.slice(copied, at)}""`;
      at = end + 1;
      copied = at;
    } else if (isNameStart(code) || code === DOLLAR) {
      at = endOfName(document, at + 1);
    } else if (isDigit(code) || code === MINUS) {
      const end = endOfDigits(document, at + 1);
      const next = document.charCodeAt(end);
      if (next === POINT || isNameStart(next)) {
        // A float literal stays in the document.
        at = endOfFloat(document, end);
      } else {
        literals.push({ node: { kind: Kind.INT, value: document.slice(at, end) }, start: at, end });
        text += `${document.slice(copied, at)}0`;
        at = end;
        copied = at;
      }
    } else if (code === HASH) {
      return null;
    } else {
      at += 1;
    }
  }
  return { text: text + document.slice(copied), literals };
}

/** @returns -1 if the string is a block string, has an escape sequence, or does not end in its line */
function endOfString(document: string, from: number): number {
  if (document.charCodeAt(from) === QUOTE) return document.charCodeAt(from + 1) === QUOTE ? -1 : from;
  for (let at = from; at < document.length; at += 1) {
    const code = document.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH || (code < 0x20 && code !== TAB)) return -1;
  }
  return -1;
}

function endOfName(document: string, from: number): number {
  let at = from;
  while (at < document.length && isNameContinue(document.charCodeAt(at))) at += 1;
  return at;
}

function endOfDigits(document: string, from: number): number {
  let at = from;
  while (at < document.length && isDigit(document.charCodeAt(at))) at += 1;
  return at;
}

function endOfFloat(document: string, from: number): number {
  const end = /[\w.+-]*/y;
  end.lastIndex = from;
  return from + (end.exec(document)?.[0].length ?? 0);
}

function isNameStart(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
}

function isNameContinue(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}
