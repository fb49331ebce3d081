import { readFileSync } from 'node:fs';
import { errorCodeOf } from '../util/error-code.js';
import type { Environment } from './environment.js';

/** The variables whose values are secret. Each of them can also be given as a file, by `NAME_FILE`. */
export const SECRETS = [
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_API_KEY',
  'TWILIO_API_SECRET',
  'KORE_CLIENT_ID',
  'KORE_CLIENT_SECRET',
  'CURSOR_SECRETS',
  'GATEWAY_TOKENS',
  'REDIS_URL',
] as const;

/** Names of the variables that have the path of a secret. */
export const SECRET_FILES: readonly string[] = SECRETS.map(fileVariable);

/** Values of secrets that are in files. */
export interface SecretValues {
  /** By the name of the secret. */
  readonly values: ReadonlyMap<string, string>;
  /** What is wrong, each by the variable to change, without the value or the path. */
  readonly problems: readonly string[];
}

/** Paths of the secrets that are given as files. */
export function secretPaths(env: Environment): readonly string[] {
  return SECRET_FILES.map((name) => (env[name] ?? '').trim()).filter((path) => path !== '');
}

/** The name of the variable that has the path of a secret. */
export function fileVariable(secret: string): string {
  return `${secret}_FILE`;
}

/**
 * Reads the secrets that are given as files, at each call again, so that a rotated secret is found.
 *
 * @param given - returns the value of an environment variable without white space around it; `''` if it is not set
 */
export function readSecretFiles(given: (name: string) => string): SecretValues {
  const values = new Map<string, string>();
  const problems: string[] = [];
  for (const secret of SECRETS) {
    const variable = fileVariable(secret);
    const path = given(variable);
    if (path === '') continue;
    if (given(secret) !== '') {
      problems.push(`${variable}: expected it or ${secret}, not both`);
      continue;
    }
    try {
      const value = readFileSync(path, 'utf8').trim();
      // Without this the gateway could start as if there were no credentials, with the sandbox.
      if (value === '') problems.push(`${variable}: expected a file with the secret; the file is empty`);
      else values.set(secret, value);
    } catch (error) {
      // The path is not printed, because a secret is easily put there by mistake.
      problems.push(`${variable}: expected the path of a readable file (${errorCodeOf(error) ?? 'no code'})`);
    }
  }
  return { values, problems };
}
