import { defineConfig } from 'rolldown';

/*
 * The gateway in a few files, its packages included: to look for some 800 modules and to load each by itself takes
 * as long as all the rest of the start. What only some settings need stays apart, and is loaded when it is.
 */
export default defineConfig({
  input: {
    main: 'src/main.ts',
    'print-schema': 'src/print-schema.ts',
    sandbox: 'src/sandbox/index.ts',
  },
  platform: 'node',
  tsconfig: 'tsconfig.json',
  output: { dir: 'dist', cleanDir: true, entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
});
