import type { Authorizer } from './authorizer.js';

/** HTTP Basic (RFC 7617), which has nothing to renew. */
export function basicAuthorizer(user: string, password: string): Authorizer {
  const header = `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
  return {
    credential: () => header,
    accepted() {},
    refused: () => false,
    close() {},
  };
}
