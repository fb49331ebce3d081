import type { Authorizer } from './authorizer.js';

/** HTTP Basic authentication (RFC 7617). Its credential does not expire; a rejected one may be of replaced credentials. */
export function basicAuthorizer(user: string, password: string): Authorizer {
  const header = `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
  return {
    credential: () => header,
    accepted() {},
    rejected: (credential) => credential !== header,
    close() {},
  };
}
