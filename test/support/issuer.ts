import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

export interface TokenOptions {
  readonly scope?: unknown;
  readonly scp?: unknown;
  readonly issuer?: string;
  readonly audience?: string | string[];
  /** Whether the header names the key. */
  readonly kid?: boolean;
  readonly subject?: string | null;
  /** Seconds relative to now. */
  readonly expiresIn?: number | null;
  readonly notBeforeIn?: number;
  /** Further claims. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A token issuer: signs tokens and serves its keys. */
export interface Issuer {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** Number of times that the keys were fetched. */
  readonly fetches: number;
  sign(options?: TokenOptions): Promise<string>;
  /** Replaces the keys; the previous ones are neither used nor served any more. */
  rotate(): Promise<void>;
  /** Publishes the key of the next tokens in addition to the previous ones. */
  addKey(): Promise<void>;
  /** Availability of the JWKS endpoint; `hang`: it does not respond. */
  serve(keys: boolean | 'hang'): void;
  close(): Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const issuer = 'https://issuer.test/';
  const audience = 'wireless-gateway';
  let fetches = 0;
  let generation = 0;
  let serving: boolean | 'hang' = true;
  let key: { readonly kid: string; readonly privateKey: SigningKey; readonly jwk: JWK };
  let published: JWK[] = [];

  async function addKey(): Promise<void> {
    generation += 1;
    const kid = `key-${generation}`;
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    key = { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
    published.push(key.jwk);
  }
  async function rotate(): Promise<void> {
    published = [];
    await addKey();
  }
  await rotate();

  const server = createServer((_request, response) => {
    fetches += 1;
    if (serving === 'hang') return;
    response.statusCode = serving ? 200 : 500;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: serving ? published : [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    jwksUrl: `http://127.0.0.1:${port}/keys`,
    issuer,
    audience,
    get fetches() {
      return fetches;
    },
    async sign(options = {}) {
      const { scope, scp, subject = 'tram-app', expiresIn = 60, notBeforeIn, kid = true, claims } = options;
      const now = Math.floor(Date.now() / 1000);
      const token = new SignJWT({ ...claims, scope, scp })
        .setProtectedHeader({ alg: 'ES256', ...(kid && { kid: key.kid }) })
        .setIssuer(options.issuer ?? issuer)
        .setAudience(options.audience ?? audience)
        .setIssuedAt(now);
      if (subject !== null) token.setSubject(subject);
      if (expiresIn !== null) token.setExpirationTime(now + expiresIn);
      if (notBeforeIn !== undefined) token.setNotBefore(now + notBeforeIn);
      return token.sign(key.privateKey);
    },
    rotate,
    addKey,
    serve(keys) {
      serving = keys;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
