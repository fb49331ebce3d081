import { fixedHex, fixedSid } from './sids.js';

/** Credentials of the sandbox in both dialects. They are the same on each start and valid for nothing else. */
export interface SandboxCredentials {
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenUrl: string;
}

export const TOKEN_PATH = '/api-services/v1/auth/token';

/** @param url - URL of the sandbox */
export function credentialsFor(url: string): SandboxCredentials {
  return {
    accountSid: fixedSid('AC', 'account'),
    authToken: fixedHex('auth token'),
    apiKey: fixedSid('SK', 'api key'),
    apiSecret: fixedHex('api secret'),
    clientId: `cl-${fixedHex('client').slice(0, 12)}`,
    clientSecret: fixedHex('client secret'),
    tokenUrl: url + TOKEN_PATH,
  };
}
