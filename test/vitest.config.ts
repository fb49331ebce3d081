import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // Packages load graphql's CommonJS build, as Node resolves it; a second copy of it would not know their types.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/peers/**', 'test/cosmo/**', 'test/deploy-tools/**', 'test/bench/**'],
    // Every file cleans up after itself, and loading the gateway anew for each would take longer than its tests.
    isolate: false,
    // By default one core is left free, which on a machine with two leaves half of it idle.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: {
      include: ['src/**'],
      // They run as a process of their own in the tests.
      exclude: [
        'src/main.ts',
        'src/observability/log.ts',
        'src/banner.ts',
        'src/small-heap.ts',
        'src/print-schema.ts',
      ],
      reporter: ['text'],
    },
  },
});
