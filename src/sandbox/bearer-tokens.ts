import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Answer, jsonAnswer } from './answer.js';
import type { SandboxCredentials } from './credentials.js';

const MAX_FORM_LENGTH = 10_000;
/** Maximum number of tokens; older ones become unknown. */
const MAX_TOKENS = 1000;

/** Token endpoint of the OAuth 2.0 dialect, and the tokens that it has issued. */
export class BearerTokens {
  readonly #client: Pick<SandboxCredentials, 'clientId' | 'clientSecret'>;
  readonly #lifeSeconds: number;
  /** Expiry of each token, in the time of `performance.now()`. */
  readonly #ends = new Map<string, number>();

  constructor(client: Pick<SandboxCredentials, 'clientId' | 'clientSecret'>, lifeSeconds: number) {
    this.#client = client;
    this.#lifeSeconds = lifeSeconds;
  }

  check(token: string): 'good' | 'stale' | 'unknown' {
    const end = this.#ends.get(token);
    if (end === undefined) return 'unknown';
    return performance.now() < end ? 'good' : 'stale';
  }

  /** Expires all tokens issued so far. */
  revokeAll(): void {
    for (const token of this.#ends.keys()) this.#ends.set(token, 0);
  }

  /** Handles a token request: client credentials as a form. */
  async grant(request: IncomingMessage): Promise<Answer> {
    const form = isForm(request.headers) ? await readForm(request) : null;
    if (form?.get('grant_type') !== 'client_credentials') {
      return jsonAnswer(400, { error: 'unsupported_grant_type' });
    }
    const { clientId, clientSecret } = this.#client;
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret) {
      return jsonAnswer(401, { error: 'invalid_client', error_description: 'Invalid client credentials' });
    }
    return jsonAnswer(200, {
      access_token: this.#issue(),
      expires_in: this.#lifeSeconds,
      token_type: 'Bearer',
      scope: 'programmable-wireless',
    });
  }

  #issue(): string {
    const token = randomBytes(24).toString('base64url');
    this.#ends.set(token, performance.now() + this.#lifeSeconds * 1000);
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > MAX_TOKENS && oldest !== undefined) this.#ends.delete(oldest);
    return token;
  }
}

function isForm(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
}

/** @returns `null` for a form that is too long */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_FORM_LENGTH) return null;
  }
  return new URLSearchParams(text);
}
