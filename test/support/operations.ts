import fc from 'fast-check';

/** A request body; `null` for a parameter that is not sent. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: unknown;
  /** Variables by name, in order; not an object, because of `__proto__`. */
  readonly variables: readonly (readonly [name: string, value: unknown])[] | null;
}

/** Placeholders for the SIDs of three SIMs, which a test replaces. */
export const SID_PLACEHOLDERS = ['SID_0', 'SID_1', 'SID_2'] as const;

/** Placeholders for the global IDs of the first two SIMs. */
export const NODE_PLACEHOLDERS = ['NODE_0', 'NODE_1'] as const;

/** Placeholder for the cursor of an edge of the first SIM. */
export const CURSOR_PLACEHOLDER = 'CURSOR_OF_0';

/** Variables that a document can use, with possible declarations. */
const DECLARATIONS = new Map<string, readonly string[]>([
  ['sid', ['$sid: ID!', '$sid: ID = "SID_1"']],
  ['other', ['$other: ID! = "SID_0"', '$other: ID!']],
  ['toString', ['$toString: ID!']],
  ['SID_0', ['$SID_0: ID!']],
  ['on', ['$on: Boolean = true', '$on: Boolean!', '$on: Boolean! = true']],
  ['off', ['$off: Boolean = false', '$off: Boolean!']],
  ['first', ['$first: Int', '$first: Int = 2']],
  ['last', ['$last: Int']],
  ['constructor', ['$constructor: Int', '$constructor: Int = 3']],
  ['__proto__', ['$__proto__: Int']],
  ['after', ['$after: String', '$after: String = null']],
  ['before', ['$before: String']],
  ['ids', ['$ids: [ID!]!', '$ids: [ID!]! = ["NODE_1"]']],
  ['node', ['$node: ID!']],
  ['refs', ['$refs: [_Any!]!']],
]);

/** A router's representation of the first SIM. */
const ENTITY = { __typename: 'Sim', sid: 'SID_0' };

const sids = fc.constantFrom<unknown>(...SID_PLACEHOLDERS);
const flags = fc.boolean();
const counts = fc.constantFrom<unknown>(1, 2, 3, null);
const cursors = fc.constantFrom<unknown>(null, CURSOR_PLACEHOLDER);
const badSids = fc.constantFrom<unknown>('none', '', 5, null, ['SID_0']);
const badFlags = fc.constantFrom<unknown>(null, 'true', 0, {});
const badCounts = fc.constantFrom<unknown>(-1, 1.5, 2 ** 31, '2', true);
const badCursors = fc.constantFrom<unknown>('x', '', 7);

/** Valid values of a variable, and values that are invalid for its type or its field. */
interface Values {
  readonly good: fc.Arbitrary<unknown>;
  readonly bad: fc.Arbitrary<unknown>;
}

const VALUES = new Map<string, Values>([
  ...['sid', 'other', 'toString', 'SID_0'].map((name) => [name, { good: sids, bad: badSids }] as const),
  ...['on', 'off'].map((name) => [name, { good: flags, bad: badFlags }] as const),
  ...['first', 'last', 'constructor', '__proto__'].map(
    (name) => [name, { good: counts, bad: badCounts }] as const,
  ),
  ...['after', 'before'].map((name) => [name, { good: cursors, bad: badCursors }] as const),
  [
    'ids',
    {
      good: fc.constantFrom<unknown>([], ['U2ltOg=='], ['NODE_0', 'NODE_1'], 'NODE_0'),
      bad: fc.constantFrom<unknown>('x', null, [null], [5]),
    },
  ],
  [
    'node',
    { good: fc.constantFrom<unknown>(...NODE_PLACEHOLDERS), bad: fc.constantFrom<unknown>('x', null, 5) },
  ],
  [
    'refs',
    {
      good: fc.constantFrom<unknown>([], [ENTITY], [{ __typename: 'Sim', id: 'NODE_1' }, ENTITY], ENTITY),
      bad: fc.constantFrom<unknown>(
        null,
        [null],
        [{ __typename: 'Sim' }, { __typename: 'Nothing', sid: 'SID_0' }, ENTITY],
        [{ __typename: 'DataSession', id: 'x' }],
      ),
    },
  ],
]);

/** Undeclared variables; some have names that could collide in a cache key. */
const undeclared = fc.constantFrom<readonly [string, unknown]>(
  ['on=true', 'x'],
  ['on=false ', true],
  ['sid ', 'SID_0'],
  ['first', 1],
  ['constructor', 1],
  ['__proto__', { sid: 'SID_0', first: 1, on: false }],
  ['hasOwnProperty', 'x'],
  ['more', [[1, 2], { on: true }]],
);

const rarely = <T>(usual: T, ...seldom: T[]) => fc.constantFrom(usual, usual, usual, usual, ...seldom);
const directive = rarely(
  '',
  ' @include(if: $on)',
  ' @skip(if: $off)',
  ' @include(if: $on) @skip(if: $off)',
  ' @skip(if: false)',
);

const SESSION_FIELDS = [
  ...['id', 'sid', 'simSid', 'start', 'end', 'active', 'durationSeconds', 'packetsUploaded', '__typename'],
  ...['operatorName', 'cellId', 'imei', 'cellLocationEstimate { lat lon }'],
];
const SIM_FIELDS = [
  ...['id', 'sid', 'status', 'uniqueName', 'iccid', 'eId', 'dateCreated', 'links { dataSessions }'],
  '__typename',
];
const WINDOWS = [
  ...['(first: 2)', '(first: $first)', '(last: 1)', '(last: $last)', '(first: $first, after: $after)'],
  ...['(first: $constructor)', '(first: $__proto__)', '(last: 2, before: $before)', '(first: -1)'],
  ...['(first: 2, after: "x")', '(first: $first, last: $last)'],
];
const GROUP =
  'precision groups { dimensions { day operatorCountry radioLink } count durationSeconds firstStart }';
/** Fields of a SIM that are answered from its lists, or from another record. */
const LIST_FIELDS = [
  'count0: dataSessionsCount { count precision }',
  'count1: dataSessionsCount(filter: { active: $on }, limit: $first) { count precision }',
  `groups0: dataSessionGroups(by: [COUNTRY, DAY], timeZone: "Europe/Berlin") { ${GROUP} }`,
  `groups1: dataSessionGroups(by: RADIO_LINK, filter: { radioLink: ["LTE"], hasTraffic: $on }) { ${GROUP} }`,
  'groups2: dataSessionGroups(by: [DAY], timeZone: "Nowhere") { precision }',
  'filtered0: dataSessions(first: $first, filter: { active: $off }) { nodes { sid } pageInfo { endCursor hasNextPage } }',
  'filtered1: dataSessions(first: 2, after: $after, filter: { minDurationSeconds: 60 }) { edges { cursor node { start } } }',
  'filtered2: dataSessions(first: 2, after: $after, filter: {}) { nodes { start sim { sid status } } }',
  'plan0: ratePlan { sid friendlyName dataLimit }',
  'plan1: ratePlan { __typename sid }',
  'connectivity { state since session { sid imei } }',
  'usage0: usage(start: "2026-11-01T00:00:00Z", end: "2026-11-05T00:00:00+02:00") { settled data { total home { total } } }',
  `usage1: usageRecords(first: 2, start: "2026-11-01T00:00:00Z", end: "2026-11-05T00:00:00Z", granularity: HOURLY) {
    nodes { id settled granularity period { start } data { upload billed internationalRoaming { countryCode } } }
  }`,
  'usage2: usageRecords(first: $first, start: "2026-06-01T00:00:00Z", end: "2026-11-05T00:00:00Z") { nodes { data { total } } }',
  'usage3: usage(start: "2026-11-05T00:00:00Z", end: "2026-11-01T00:00:00Z") { settled }',
];
const SIM_ROOTS = [
  ...['"SID_0"', '"SID_1"', '"SID_2"', '$sid', '$sid', '$other', '$toString', '$SID_0', '"none"'],
  '"DE00000000000000000000000000000000"',
];

/** Several selections of one kind; aliases are unique for each field, so that all selections can be merged. */
function selectionSet(parts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(parts, { minLength: 1, maxLength: 4 }).map((selections) => `{ ${selections.join(' ')} }`);
}

const alias = rarely('', 'again: ');

function leaves(names: readonly string[], prefix: string): fc.Arbitrary<string> {
  return fc.tuple(alias, fc.nat({ max: names.length - 1 }), directive).map(([renamed, index, on]) => {
    const [name = '', ...rest] = (names[index] ?? '').split(' ');
    const key = renamed === '' ? '' : `${prefix}${index}: `;
    return [`${key}${name}${on}`, ...rest].join(' ');
  });
}

const inSession = fc.oneof(
  { weight: 5, arbitrary: leaves(SESSION_FIELDS, 'field') },
  { weight: 1, arbitrary: directive.map((on) => `...SessionPart${on}`) },
  { weight: 1, arbitrary: directive.map((on) => `... on DataSession${on} { imei start }`) },
);
const edges = fc
  .tuple(rarely('cursor', ''), directive, selectionSet(inSession))
  .map(([cursor, on, set]) => `edges { ${cursor} node${on} ${set} __typename }`);
const connection = fc
  .tuple(
    fc.nat({ max: WINDOWS.length - 1 }),
    directive,
    edges,
    rarely('', 'pageInfo { hasNextPage endCursor }'),
  )
  .map(([index, on, set, info]) => `window${index}: dataSessions${WINDOWS[index]}${on} { ${set} ${info} }`);
const inSim = fc.oneof(
  { weight: 4, arbitrary: leaves(SIM_FIELDS, 'field') },
  { weight: 3, arbitrary: connection },
  { weight: 1, arbitrary: directive.map((on) => `...SimPart${on}`) },
  { weight: 1, arbitrary: directive.map((on) => `... ${on} { status iccid }`) },
);
const inOneSim = fc.oneof(
  { weight: 4, arbitrary: inSim },
  { weight: 2, arbitrary: fc.constantFrom(...LIST_FIELDS) },
);
/** Which item of a list reports a missing scope depends on which is loaded first, so these fields need none. */
const inManySims = fc.oneof(
  leaves(['id', 'sid', 'status', 'uniqueName', 'links { dataSessions }'], 'open'),
  fc.constantFrom(...LIST_FIELDS.filter((field) => !field.includes('imei'))),
);
const simRoot = fc
  .tuple(fc.nat({ max: SIM_ROOTS.length - 1 }), directive, selectionSet(inOneSim))
  .map(([index, on, set]) => `sim${index}: sim(sid: ${SIM_ROOTS[index]})${on} ${set}`);
/** Selections of object types of an interface or union. */
const abstractRoot = fc
  .tuple(
    fc.constantFrom(
      'node(id: $node)',
      'literalNode: node(id: "NODE_0")',
      'nodes(ids: $ids)',
      '_entities(representations: $refs)',
      'literalEntities: _entities(representations: [{ __typename: "Sim", sid: "SID_1" }])',
    ),
    directive,
    selectionSet(inSim),
  )
  .map(([field, on, set]) => `${field}${on} { __typename ... on Sim ${set} }`);
/** SIMs that are listed, or fetched by other names. */
const otherRoot = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('sims0: sims(first: 2)', 'sims1: sims(first: $first, status: ACTIVE)'),
      selectionSet(inManySims),
    )
    .map(([field, set]) => `${field} { nodes ${set} }`),
  selectionSet(inManySims).map((set) => `many: simsBySid(sids: ["SID_0", "none", "SID_2"]) ${set}`),
  fc
    .tuple(
      fc.constantFrom(
        'byName: sim(uniqueName: "delivery-van-7")',
        'byNobody: sim(uniqueName: "nobody")',
        'bySeveral: sim(sid: $sid, uniqueName: "x")',
      ),
      directive,
      selectionSet(inOneSim),
    )
    .map(([field, on, set]) => `${field}${on} ${set}`),
);
const root = fc.oneof(
  { weight: 4, arbitrary: otherRoot },
  {
    weight: 1,
    arbitrary: fc.constantFrom('simsCount(limit: $first) { count precision }', 'caller { scopes }'),
  },
  { weight: 4, arbitrary: abstractRoot },
  { weight: 12, arbitrary: simRoot },
  { weight: 1, arbitrary: directive.map((on) => `__typename${on}`) },
  { weight: 1, arbitrary: directive.map((on) => `...RootPart${on}`) },
);

const FRAGMENTS = [
  'fragment SessionPart on DataSession { sid operatorName imei end @include(if: $on) }',
  'fragment SimPart on Sim { eId part: dataSessions(first: $first) { edges { node { ...SessionPart } } } }',
  'fragment RootPart on Query { part: sim(sid: $sid) { ...SimPart status @skip(if: $off) } }',
];

/** An operation with all fragments that it uses. */
function reachable(text: string): readonly string[] {
  const names = new Set<string>();
  const look = (part: string): void => {
    for (const [, name = ''] of part.matchAll(/\.\.\.(\w+Part)/g)) {
      if (names.has(name)) continue;
      names.add(name);
      look(FRAGMENTS.find((fragment) => fragment.startsWith(`fragment ${name} `)) ?? '');
    }
  };
  look(text);
  return FRAGMENTS.filter((fragment) => names.has(fragment.split(' ')[1] ?? ''));
}

/** A valid document of one or two operations. */
interface Document {
  readonly query: string;
  /** Names of the variables that its operations declare. */
  readonly used: readonly string[];
  /** Names of its operations. */
  readonly names: readonly string[];
}

const document: fc.Arbitrary<Document> = fc
  .tuple(fc.array(selectionSet(root), { minLength: 1, maxLength: 2 }), fc.nat({ max: 1 }), fc.boolean())
  .map(([sets, choice, named]) => {
    const operations = sets.map((set, index) => {
      const text = [set, ...reachable(set)].join(' ');
      const used = new Set([...text.matchAll(/\$(\w+)/g)].map(([, name = '']) => name));
      const declared = [...used].map((name) => {
        const declarations = DECLARATIONS.get(name) ?? [];
        return declarations[choice % declarations.length];
      });
      const name = sets.length > 1 || named ? 'AB'[index] : undefined;
      return {
        used,
        name,
        text: `query ${name ?? ''}${declared.length > 0 ? `(${declared.join(', ')})` : ''} ${set}`,
      };
    });
    const fragments = reachable(sets.join(' '));
    return {
      query: [...operations.map(({ text }) => text), ...fragments].join('\n'),
      used: [...new Set(operations.flatMap(({ used }) => [...used]))],
      names: operations.flatMap(({ name }) => name ?? []),
    };
  });

/** An operation name that does not exist, or none. */
const oddOperationName = fc.constantFrom<unknown>(undefined, null, '', 'A', 'B', 'C', 5, 'toString');

/** @param names - operation names of the document; empty for an anonymous operation */
function request({ query, used, names }: Document): fc.Arbitrary<OperationRequest> {
  const valueFor = (name: string, sensible: boolean): fc.Arbitrary<unknown> => {
    const { good, bad } = VALUES.get(name) ?? { good: fc.constant(null), bad: fc.constant(null) };
    return sensible ? good : fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: bad });
  };
  return fc
    .oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 2, arbitrary: fc.constant(false) })
    .chain((sensible) => {
      const values = used.map((name) =>
        fc.option(fc.tuple(fc.constant(name), valueFor(name, sensible)), {
          nil: null,
          freq: sensible ? 50 : 6,
        }),
      );
      const variables = fc
        .tuple(fc.tuple(...values), fc.array(undeclared, { maxLength: 2 }), fc.boolean())
        .map(([own, more, reversed]) => {
          const all = [
            ...own.filter((entry) => entry !== null),
            ...more.filter(([name]) => !used.includes(name)),
          ];
          return reversed ? all.reverse() : all;
        });
      const ownName = fc.constantFrom<unknown>(...(names.length > 0 ? names : [undefined]));
      const name = sensible ? ownName : fc.oneof(ownName, oddOperationName);
      return fc.tuple(name, fc.option(variables, { nil: null, freq: 20 })).map(([operationName, given]) => ({
        query,
        variables: given,
        ...(operationName === undefined ? {} : { operationName }),
      }));
    });
}

/** Requests that send the same document with different variables and operation names. */
export const requestsOfOneDocument: fc.Arbitrary<readonly OperationRequest[]> = document.chain((text) =>
  fc.array(request(text), { minLength: 1, maxLength: 4 }),
);

/** The body of a request, as JSON. */
export function bodyOf({ variables, ...rest }: OperationRequest): string {
  return JSON.stringify({ ...rest, variables: variables && Object.fromEntries(variables) });
}
