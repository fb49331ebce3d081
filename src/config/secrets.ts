import { readFileSync } from 'node:fs';
import type { Environment } from './environment.js';

/** Variables whose value can also be read from a file: `NAME_FILE` has its path. */
const SECRETS = [
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

/** Environment variables, with the content of the files in place of their paths. */
export interface ResolvedSecrets {
  readonly env: Environment;
  /** Paths of the files that were read. */
  readonly files: readonly string[];
  /** One for each variable that is wrong. They name the variable, never a value. */
  readonly problems: readonly string[];
}

/** Reads the files of all `NAME_FILE` variables. */
export function resolveSecrets(env: Environment): ResolvedSecrets {
  const resolved = { ...env };
  const files: string[] = [];
  const problems: string[] = [];
  for (const name of SECRETS) {
    const path = (env[`${name}_FILE`] ?? '').trim();
    if (path === '') continue;
    files.push(path);
    if ((env[name] ?? '').trim() !== '') {
      problems.push(`${name}_FILE: excludes ${name}; expected one of them`);
      continue;
    }
    const value = contentOf(path);
    if (value === null)
      problems.push(`${name}_FILE: expected the path of a file that can be read and is not empty`);
    else resolved[name] = value;
  }
  return { env: resolved, files, problems };
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
