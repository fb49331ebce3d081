import fc from 'fast-check';

/** Names whose lengths differ modulo four, because they are compared as 32-bit words. */
export const NAMES = ['a', 'id', 'sid', 'imei', 'start'];

/** Names of members that are not recorded, some of them similar to recorded ones. */
const OTHERS = [
  '',
  'i',
  'si',
  'sids',
  'SID',
  'list',
  'meta',
  '__proto__',
  'constructor',
  '"',
  '\\',
  'é',
  '\0',
];

/** Members in order, with duplicate names, which an object cannot represent. */
export class Members {
  constructor(readonly pairs: readonly (readonly [name: string, value: unknown])[]) {}
}

/** JSON that is written unchanged. */
class Verbatim {
  constructor(readonly json: string) {}
}

/** Formatting of JSON: white space between tokens and escaped characters, used in rotation. */
interface Style {
  readonly spaces: readonly string[];
  readonly escapes: readonly boolean[];
}

const styles: fc.Arbitrary<Style> = fc.record({
  spaces: fc.array(fc.constantFrom('', '', ' ', '\n', '\r\n', '\t', '     '), { maxLength: 7 }),
  escapes: fc.array(fc.constantFrom(false, false, false, true), { maxLength: 7 }),
});

/** Strings, including lone surrogates. */
export const texts = fc.oneof(
  fc.string({ unit: 'grapheme-ascii' }),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 9 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\\"',
    '\x7f',
    '\x1f\n\t\b',
    '\ud800',
    '\udc00x',
    '\u2028',
    'abc"',
    'abcdefg\\',
  ),
);
const literals = fc
  .constantFrom('0', '-0', '1', '1.0', '1e3', '1E+2', '-1.5e-7', '1e999', '999999999999999')
  .map((json) => new Verbatim(json));
const long = fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map((number) => new Verbatim(String(number)));
const values = fc.oneof(texts, literals, long, fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }));

const names = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 2, arbitrary: fc.constantFrom(...OTHERS) },
  { weight: 1, arbitrary: texts },
);
export const records = fc.array(fc.tuple(names, values), { maxLength: 8 }).map((pairs) => new Members(pairs));
/** Records with the same members in the same order, as the upstream sends them. */
const alike = fc
  .array(names, { maxLength: 6 })
  .chain((shape) => fc.array(fc.tuple(...shape.map((name) => fc.tuple(fc.constant(name), values)))))
  .map((rows) => rows.map((pairs) => new Members(pairs)));
const lists = fc.oneof(
  fc.array(fc.oneof({ weight: 4, arbitrary: records }, { weight: 1, arbitrary: values }), { maxLength: 8 }),
  alike,
);
const documents = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constant('list'), lists) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('list'), values) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('meta'), values) },
      { weight: 2, arbitrary: fc.tuple(names, values) },
    ),
    { maxLength: 5 },
  )
  .map((pairs) => new Members(pairs));
/** Response bodies with a list of records, or similar ones. */
export const bodies = fc.tuple(documents, styles).map(([document, style]) => written(document, style));

/** A value as JSON. */
export function written(root: unknown, { spaces, escapes }: Style): string {
  let space = 0;
  let letter = 0;
  const gap = () => spaces[space++ % spaces.length] ?? '';
  const escaped = (character: string) =>
    [...Buffer.from(character, 'utf16le').swap16().toString('hex').matchAll(/.{4}/g)]
      .map(([digits]) => `\\u${letter % 2 === 0 ? digits : digits.toUpperCase()}`)
      .join('');
  const text = (value: string) => {
    const characters = Array.from(value, (character) =>
      escapes[letter++ % escapes.length] ? escaped(character) : JSON.stringify(character).slice(1, -1),
    );
    return `"${characters.join('')}"`;
  };
  const object = (pairs: Members['pairs']): string => {
    const members = pairs.map(([name, value]) => `${gap()}${text(name)}${gap()}:${any(value)}`);
    return `{${members.length === 0 ? gap() : members.join(',')}}`;
  };
  const any = (value: unknown): string => `${gap()}${bare(value)}${gap()}`;
  const bare = (value: unknown): string => {
    if (value instanceof Verbatim) return value.json;
    if (value instanceof Members) return object(value.pairs);
    if (Array.isArray(value)) return `[${value.length === 0 ? gap() : value.map(any).join(',')}]`;
    if (typeof value === 'string') return text(value);
    if (typeof value === 'object' && value !== null) return object(Object.entries(value));
    return JSON.stringify(value);
  };
  return any(root);
}
