import { fixedHex, fixedSid } from './sids.js';

/** What opens the sandbox, in both dialects. The same on every start; none of it opens anything else. */
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

/** @param url - where the sandbox listens */
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
