/*
 * Dependencies point one way: a folder of `src` imports only from folders below it in this list, type-only imports
 * included. docs/architecture.md says what each folder owns.
 */
const LAYERS = [
  'workers',
  'app',
  'redis',
  'sandbox',
  'accounts',
  'fast-path',
  'graphql',
  'observability',
  'guards',
  'http',
  'config',
  'live',
  'connections',
  'upstream',
  'pagination',
  'resources',
  'util',
];

/** Folders that import nothing of the others, beside what is listed. */
const ISOLATED = { sandbox: ['resources'], pagination: [], resources: [], util: [] };

const folder = (name) => `^src/${name}(/|\\.ts$)`;

const upwards = LAYERS.slice(1).map((name, index) => ({
  name: `${name}-imports-no-layer-above`,
  severity: 'error',
  from: { path: folder(name) },
  to: { path: LAYERS.slice(0, index + 1).map(folder) },
}));

const isolated = Object.entries(ISOLATED).map(([name, allowed]) => ({
  name: `${name}-is-independent`,
  severity: 'error',
  from: { path: folder(name) },
  to: { path: '^src/', pathNot: [name, ...allowed].map(folder) },
}));

module.exports = {
  forbidden: [
    ...upwards,
    ...isolated,
    {
      name: 'no-circular',
      comment: 'Files of a cycle can only be understood, tested and loaded together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'fast-path-has-one-door',
      comment:
        'Correctness never needs the fast path: only the composition root imports it, through its index.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/fast-path/'] },
      to: { path: '^src/fast-path/', pathNot: ['^src/fast-path/index\\.ts$'] },
    },
    {
      name: 'only-app-opens-the-fast-path',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/fast-path/', '^src/app\\.ts$'] },
      to: { path: '^src/fast-path/' },
    },
    {
      name: 'only-app-opens-redis',
      comment:
        'Only the composition root loads Redis, where REDIS_URL is set. What it implements is declared where it is used.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/redis/', '^src/app\\.ts$'] },
      to: { path: '^src/redis/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(test|dist)/' },
  },
};
