import type { Sandbox } from '../../src/sandbox/index.js';

/** Fields of a session that are compared. */
export interface Listed {
  readonly sid?: string | null;
  readonly start?: string | null;
}

/** Returns a SIM's sessions in the order of the upstream. */
export function listedBy(sandbox: Sandbox, simSid: string): Listed[] {
  return sandbox.sessions(simSid).map(({ sid, start }) => ({
    sid: typeof sid === 'string' ? sid : null,
    start: typeof start === 'string' ? new Date(start).toISOString() : null,
  }));
}

/** Returns the sessions of a connection. */
export function listedIn(
  connection: { readonly edges: readonly { readonly node: Listed }[] } | null | undefined,
): Listed[] {
  return (connection?.edges ?? []).map(({ node: { sid = null, start = null } }) => ({ sid, start }));
}
