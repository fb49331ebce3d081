import type { Sandbox } from '../../src/sandbox/index.js';

/** What is compared of a session. */
export interface Listed {
  readonly sid?: string | null;
  readonly start?: string | null;
}

/** A SIM's sessions as the upstream lists them. */
export function listedBy(sandbox: Sandbox, simSid: string): Listed[] {
  return sandbox.sessions(simSid).map(({ sid, start }) => ({
    sid: typeof sid === 'string' ? sid : null,
    start: typeof start === 'string' ? new Date(start).toISOString() : null,
  }));
}

/** The sessions in a connection, as a client has them. */
export function listedIn(
  connection: { readonly edges: readonly { readonly node: Listed }[] } | null | undefined,
): Listed[] {
  return (connection?.edges ?? []).map(({ node: { sid = null, start = null } }) => ({ sid, start }));
}
