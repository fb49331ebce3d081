import { readYaml } from './files.js';

export const FILE = 'deploy/compose.yaml';

interface Service {
  readonly image: string;
  readonly build?: unknown;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

export const { services } = readYaml<{ readonly services: Readonly<Record<string, Service>> }>(FILE);

/**
 * Variables of the gateway.
 *
 * @param env - the environment of `docker compose`, which `${NAME:-default}` refers to
 */
export function composeVariables(
  env: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const variables = Object.entries(services.gateway?.environment ?? {});
  return Object.fromEntries(
    variables.map(([name, value]) => [
      name,
      value.replace(/\$\{(\w+):-(.*?)\}/g, (_, other: string, unset: string) => env[other] || unset),
    ]),
  );
}
