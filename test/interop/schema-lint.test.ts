import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { peer } from './peers.js';

interface LintResult {
  readonly messages: readonly {
    readonly ruleId: string | null;
    readonly message: string;
    readonly line: number;
  }[];
}

/** The part of ESLint that the test uses. */
interface EslintModule {
  readonly ESLint: new (
    options: object,
  ) => {
    lintText(text: string, options: { filePath: string }): Promise<LintResult[]>;
    lintFiles(patterns: string[]): Promise<LintResult[]>;
  };
}

interface GraphqlEslint {
  readonly parser: object;
  readonly rules: object;
  readonly configs: Record<'flat/schema-relay', { readonly rules: Record<string, unknown> }>;
}

const { ESLint } = peer<EslintModule>('eslint');
const plugin = peer<GraphqlEslint>('@graphql-eslint/eslint-plugin');

const FILE = fileURLToPath(new URL('../../schema.graphql', import.meta.url));

function linter() {
  return new ESLint({
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    overrideConfigFile: true,
    overrideConfig: {
      files: ['**/*.graphql'],
      languageOptions: {
        parser: plugin.parser,
        parserOptions: { graphQLConfig: { schema: FILE } },
      },
      plugins: { '@graphql-eslint': plugin },
      rules: {
        ...plugin.configs['flat/schema-relay'].rules,
        '@graphql-eslint/require-description': [
          'error',
          { types: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true },
        ],
        // A single session cannot be fetched from the upstream, so it is not a Node.
        '@graphql-eslint/relay-edge-types': [
          'error',
          { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
        ],
      },
    },
  });
}

it("the schema passes graphql-eslint's rules for Relay and has descriptions everywhere", async () => {
  const [result] = await linter().lintFiles([FILE]);
  expect(result?.messages).toEqual([]);
});
