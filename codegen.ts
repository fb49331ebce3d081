import type { CodegenConfig } from '@graphql-codegen/cli';

/** Typed documents of the operations that the tests send, against the schema as it is published. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: [
    'test/**/*.ts',
    '!test/graphql/**',
    '!test/peers/**',
    '!test/cosmo/**',
    '!test/deploy-tools/**',
    '!test/bench/**',
  ],
  generates: {
    'test/graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        scalars: { Date: 'string', DateTime: 'string', Long: 'number' },
        useTypeImports: true,
        importExtension: '.js',
      },
    },
  },
};

export default config;
