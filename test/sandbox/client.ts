import type { Sandbox } from '../../src/sandbox/index.js';

interface ListMeta {
  readonly page: number;
  readonly page_size: number;
  readonly key: string;
  readonly url: string;
  readonly first_page_url: string;
  readonly next_page_url: string | null;
  readonly previous_page_url: string | null;
}

interface Body {
  readonly meta: ListMeta;
  readonly data_sessions: readonly Record<string, unknown>[];
  readonly sims: readonly Record<string, unknown>[];
  readonly rate_plans: readonly Record<string, unknown>[];
  readonly commands: readonly Record<string, unknown>[];
  readonly usage_records: readonly Record<string, unknown>[];
  readonly code: number;
  readonly status: number;
  readonly message: string;
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** GET with the account's credentials. Takes a path or a page URL; redirects are not followed. */
export function get(sandbox: Sandbox, target: string, init: RequestInit = {}): Promise<Response> {
  const { accountSid, authToken } = sandbox.credentials;
  const headers = { authorization: basic(accountSid, authToken) };
  return fetch(new URL(target, sandbox.url), { headers, redirect: 'manual', ...init });
}

export async function getBody(sandbox: Sandbox, target: string): Promise<Body> {
  return (await (await get(sandbox, target)).json()) as Body;
}

export function sessionsPath(simSid: string, query = ''): string {
  return `/v1/Sims/${simSid}/DataSessions${query}`;
}

/** Follows next URLs from a page to the end. */
export async function walk(sandbox: Sandbox, target: string): Promise<Body[]> {
  const pages: Body[] = [];
  for (let url: string | null = target; url !== null; url = pages.at(-1)?.meta.next_page_url ?? null) {
    pages.push(await getBody(sandbox, url));
  }
  return pages;
}

export function sessionsOf(pages: readonly Body[]): Record<string, unknown>[] {
  return pages.flatMap((page) => page.data_sessions);
}

/** Returns the next URL of a page that must have one. */
export function nextOf({ meta }: Body): URL {
  if (meta.next_page_url === null) throw new Error('the page has no next URL');
  return new URL(meta.next_page_url);
}
