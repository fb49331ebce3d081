import type { AuthSettings, UpstreamSettings } from '../upstream/settings.js';
import { ConfigError } from './config-error.js';
import { need, type Variables } from './variables.js';
import { DEFAULT_KORE_TOKEN_URL, PUBLIC_BASE } from './vendors.js';

/** Address and credentials of a real upstream. */
export interface RemoteUpstream
  extends Pick<UpstreamSettings, 'dialect' | 'baseUrl' | 'publicBaseUrl' | 'auth'> {
  /** Identifies the account, whatever its credentials are at present. Cursors are bound to it. */
  readonly identity: string;
  /** SID of the vendor's account, if it is known: another one is another account, whatever its name. */
  readonly accountSid: string | null;
}

/**
 * Reads the upstream settings.
 *
 * @returns `null` when no upstream is configured, so that the gateway starts the sandbox
 * @throws {ConfigError} when a variable is missing, or variables contradict each other
 */
export function readUpstream(variables: Variables): RemoteUpstream | null {
  const twilio = readTwilio(variables);
  const kore = readKore(variables);
  if (variables.UPSTREAM === undefined && twilio !== null && kore !== null) {
    throw new ConfigError('UPSTREAM: expected twilio or kore, because credentials of both are set');
  }
  const dialect = variables.UPSTREAM ?? (twilio !== null ? 'twilio' : kore !== null ? 'kore' : 'sandbox');
  if (dialect === 'sandbox') {
    if (variables.UPSTREAM_URL === undefined) return null;
    throw new ConfigError('UPSTREAM_URL: not allowed for the sandbox; expected credentials of an upstream');
  }
  const auth = dialect === 'twilio' ? twilio : kore;
  if (auth === null) {
    const missing =
      dialect === 'twilio'
        ? 'TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN'
        : 'KORE_CLIENT_ID and KORE_CLIENT_SECRET';
    throw new ConfigError(`UPSTREAM: ${dialect} needs credentials; expected ${missing}`);
  }
  if (variables.FLEET !== undefined) {
    throw new ConfigError(`FLEET: only allowed for the sandbox; the upstream is ${dialect}`);
  }
  const publicBaseUrl = PUBLIC_BASE[dialect];
  const baseUrl = variables.UPSTREAM_URL ?? publicBaseUrl;
  return {
    dialect,
    baseUrl,
    publicBaseUrl,
    auth,
    identity: identityOf(auth, variables),
    accountSid: variables.TWILIO_ACCOUNT_SID ?? null,
  };
}

/** An API key can be replaced. The account that it belongs to is only known if its SID is set as well. */
function identityOf(auth: AuthSettings, { TWILIO_ACCOUNT_SID: accountSid }: Variables): string {
  return auth.kind === 'basic' ? (accountSid ?? auth.user) : auth.clientId;
}

function readTwilio(variables: Variables): AuthSettings | null {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = variables;
  const { TWILIO_API_KEY: apiKey, TWILIO_API_SECRET: apiSecret } = variables;
  // An API key takes precedence, because it can be revoked separately.
  if (apiKey !== undefined || apiSecret !== undefined)
    return readPair('TWILIO_API_KEY', 'TWILIO_API_SECRET', apiKey, apiSecret);
  if (accountSid === undefined && authToken === undefined) return null;
  return readPair('TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', accountSid, authToken);
}

function readPair(
  userName: string,
  passwordName: string,
  user: string | undefined,
  password: string | undefined,
): AuthSettings {
  return {
    kind: 'basic',
    user: need(userName, user, `${passwordName} is set`),
    password: need(passwordName, password, `${userName} is set`),
  };
}

function readKore(variables: Variables): AuthSettings | null {
  const { KORE_CLIENT_ID: clientId, KORE_CLIENT_SECRET: clientSecret } = variables;
  if (clientId === undefined && clientSecret === undefined) return null;
  return {
    kind: 'client-credentials',
    clientId: need('KORE_CLIENT_ID', clientId, 'KORE_CLIENT_SECRET is set'),
    clientSecret: need('KORE_CLIENT_SECRET', clientSecret, 'KORE_CLIENT_ID is set'),
    tokenUrl: variables.KORE_TOKEN_URL ?? DEFAULT_KORE_TOKEN_URL,
  };
}
