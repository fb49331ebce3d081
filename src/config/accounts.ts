import { readFileSync } from 'node:fs';
import type { AuthSettings } from '../upstream/settings.js';
import { ConfigError } from './config-error.js';
import type { Environment } from './environment.js';
import { readJsonFile } from './json-file.js';
import { isName, NAME_SYNTAX } from './names.js';
import type { RemoteUpstream } from './upstream.js';
import { isCredential, isHttpUrl, MAX_CONCURRENCY } from './validators.js';
import type { Variables } from './variables.js';
import { DEFAULT_KORE_TOKEN_URL, PUBLIC_BASE } from './vendors.js';

/** An upstream account that the gateway serves. */
export interface AccountConfig {
  /** Name in tokens, logs and metrics. */
  readonly name: string;
  readonly upstream: RemoteUpstream;
  /** Upstream requests in flight. */
  readonly concurrency: number;
}

/** Name of the account of a gateway that has only one, or the sandbox. */
export const ONLY_ACCOUNT = 'default';

/** Variables that belong to the only account of a gateway. */
const SINGLE_ACCOUNT = [
  'UPSTREAM',
  'UPSTREAM_URL',
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_API_KEY',
  'TWILIO_API_SECRET',
  'KORE_CLIENT_ID',
  'KORE_CLIENT_SECRET',
  'KORE_TOKEN_URL',
  'FLEET',
] as const;

/** Accounts, and the files that they were read from. */
export interface AccountsFile {
  readonly accounts: readonly AccountConfig[];
  /** Paths of the file and of those that it refers to. */
  readonly files: readonly string[];
}

/**
 * Reads the accounts of `UPSTREAM_ACCOUNTS`: a JSON file `{"accounts": [{"name", "dialect", …}]}`. A text `env:NAME` stands
 * for the value of a variable, `file:PATH` for the content of a file.
 *
 * @returns `null` if the variable is not set
 * @throws {ConfigError} that names the account and the member. The message quotes no value, because it may be a secret
 */
export function readAccounts(variables: Variables, env: Environment): AccountsFile | null {
  const { UPSTREAM_ACCOUNTS: path } = variables;
  if (path === undefined) return null;
  const single = SINGLE_ACCOUNT.find((name) => variables[name] !== undefined);
  if (single !== undefined) {
    throw new ConfigError(
      `UPSTREAM_ACCOUNTS: excludes ${single}, which belongs to a gateway with one account`,
    );
  }
  const files = [path];
  const { accounts } = objectOf(parse(path), 'a JSON object with the member `accounts`');
  if (!Array.isArray(accounts) || accounts.length === 0) throw invalid('a list of `accounts` with an entry');
  const resolve = (text: string): string | null => resolveReference(text, env, files);
  const read = accounts.map((entry, index) =>
    readAccount(new Members(entry, `account ${index + 1}`, resolve), variables.UPSTREAM_CONCURRENCY),
  );
  for (const [index, { name }] of read.entries()) {
    if (read.findIndex((other) => other.name === name) !== index)
      throw invalid(`a unique \`name\` in account ${index + 1}`);
  }
  return { accounts: read, files };
}

function parse(path: string): unknown {
  try {
    return readJsonFile(path);
  } catch {
    throw invalid('the path of a JSON file');
  }
}

function readAccount(members: Members, defaultConcurrency: number): AccountConfig {
  const name = members.required('name', isName, `a name of ${NAME_SYNTAX}`);
  members.label(name);
  const dialect = members.required('dialect', isDialect, 'twilio or kore') as RemoteUpstream['dialect'];
  const publicBaseUrl = PUBLIC_BASE[dialect];
  const baseUrl = members.optional('url', isHttpUrl, 'an http(s) URL') ?? publicBaseUrl;
  const auth = dialect === 'twilio' ? twilioAuth(members) : koreAuth(members);
  const concurrency = members.integer('concurrency', MAX_CONCURRENCY) ?? defaultConcurrency;
  members.assertNoOthers();
  const upstream = {
    dialect,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    publicBaseUrl,
    auth,
    identity: name,
    accountSid: members.credential('accountSid'),
  };
  return { name, upstream, concurrency };
}

function isDialect(text: string): boolean {
  return Object.hasOwn(PUBLIC_BASE, text);
}

function twilioAuth(members: Members): AuthSettings {
  const key = members.credential('apiKey');
  const secret = members.credential('apiSecret');
  const accountSid = members.credential('accountSid');
  const authToken = members.credential('authToken');
  // An API key takes precedence, because it can be revoked separately.
  const [user, password] = key !== null || secret !== null ? [key, secret] : [accountSid, authToken];
  if (user === null || password === null)
    throw members.invalid('`accountSid` and `authToken`, or `apiKey` and `apiSecret`');
  return { kind: 'basic', user, password };
}

function koreAuth(members: Members): AuthSettings {
  const clientId = members.credential('clientId');
  const clientSecret = members.credential('clientSecret');
  const tokenUrl = members.optional('tokenUrl', isHttpUrl, 'an http(s) URL') ?? DEFAULT_KORE_TOKEN_URL;
  if (clientId === null || clientSecret === null) throw members.invalid('`clientId` and `clientSecret`');
  return { kind: 'client-credentials', clientId, clientSecret, tokenUrl };
}

/** The members of an account in the file. Each is read once; those that are left over are errors. */
class Members {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #resolve: (text: string) => string | null;
  readonly #known = new Set<string>();
  #place: string;

  /** @param resolve - replaces references; `null` for one that leads nowhere */
  constructor(entry: unknown, place: string, resolve: (text: string) => string | null) {
    this.#values = objectOf(entry, `an object in ${place}`);
    this.#place = place;
    this.#resolve = resolve;
  }

  /** Adds the name of the account to later errors. */
  label(name: string): void {
    this.#place += ` (${name})`;
  }

  invalid(expected: string): ConfigError {
    return invalid(`${expected} in ${this.#place}`);
  }

  required(name: string, isValid: (text: string) => boolean, expected: string): string {
    const text = this.optional(name, isValid, expected);
    if (text === null) throw this.invalid(`\`${name}\`, ${expected},`);
    return text;
  }

  optional(name: string, isValid: (text: string) => boolean, expected: string): string | null {
    this.#known.add(name);
    const value = this.#values[name];
    if (value === undefined || value === null) return null;
    const text = typeof value === 'string' ? this.#resolve(value) : null;
    if (typeof value === 'string' && text === null) {
      throw this.invalid(`\`${name}\` to refer to a variable that is set, or a file that can be read,`);
    }
    if (text === null || !isValid(text)) throw this.invalid(`\`${name}\` to be ${expected}`);
    return text;
  }

  credential(name: string): string | null {
    return this.optional(name, isCredential, 'a credential without white space inside');
  }

  integer(name: string, max: number): number | null {
    this.#known.add(name);
    const value = this.#values[name];
    if (value === undefined) return null;
    if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > max)
      throw this.invalid(`\`${name}\` to be an integer from 1 to ${max}`);
    return Number(value);
  }

  assertNoOthers(): void {
    const other = Object.keys(this.#values).find((name) => !this.#known.has(name));
    if (other !== undefined) {
      throw this.invalid(`one of the members ${[...this.#known].join(', ')}, not ${JSON.stringify(other)},`);
    }
  }
}

/** @param files - the path of a file that is read is added */
function resolveReference(text: string, env: Environment, files: string[]): string | null {
  const [, kind, target = ''] = /^(env|file):(.+)$/s.exec(text) ?? [];
  if (kind === undefined) return text;
  if (kind === 'env') return env[target]?.trim() || null;
  files.push(target);
  try {
    return readFileSync(target, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

function objectOf(value: unknown, expected: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(expected);
  return value as Readonly<Record<string, unknown>>;
}

function invalid(expected: string): ConfigError {
  return new ConfigError(`UPSTREAM_ACCOUNTS: expected ${expected}`.replace(/,$/, ''));
}
